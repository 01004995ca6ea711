import { figuresOf, parseLine, type RunLog, type StepFigures, type ValidationEntry } from './run-log.ts';

/** A log.jsonl that is read while it is written: takes its text in pieces, in order, cut anywhere. */
export class GrowingLog implements RunLog {
  readonly steps: StepFigures[] = [];
  readonly validations: ValidationEntry[] = [];
  /** The beginning of a line whose end has not come yet. */
  private rest = '';

  /**
   * @returns whether all of it could be read: false for a whole line that is none of the log, or that leaves a step out, after which
   * the log is to be read anew from its start
   */
  add(text: string): boolean {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() as string;
    for (const line of lines) {
      if (line === '') continue;
      const entry = parseLine(line);
      if (entry === null) return false;
      if (entry.kind === 'validation') {
        this.validations.push(entry);
        continue;
      }
      if (entry.step !== this.steps.length + 1) return false;
      this.steps.push(figuresOf(entry));
    }
    return true;
  }
}
