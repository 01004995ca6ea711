import { formatDuration } from '../duration.ts';
import type { ProgressEvent } from '../progress-event.ts';
import { WorkRate } from '../work-rate.ts';

/** What progress is written to: `process.stderr`, or a stand-in. */
export interface ProgressOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressOptions {
  readonly quiet: boolean;
  /** The time in ms, from any origin; it must not run backwards. */
  readonly now?: () => number;
}

/** Between two lines on an output that is not a terminal. */
const LINE_INTERVAL = 10_000;
/** Between two redraws of a terminal's line. */
const REDRAW_INTERVAL = 100;

/**
 * Shows ProgressEvents with rate and remaining time: one line that is redrawn on a terminal, a line every ten seconds
 * elsewhere, nothing when quiet. A label's last event (`done` = `total`) is always shown.
 */
export class ProgressDisplay {
  private readonly output: ProgressOutput;
  private readonly quiet: boolean;
  private readonly now: () => number;
  private label: string | null = null;
  private rate = new WorkRate();
  private began = 0;
  private shown = Number.NEGATIVE_INFINITY;
  private lineIsOpen = false;

  constructor(output: ProgressOutput, options: ProgressOptions) {
    this.output = output;
    this.quiet = options.quiet;
    this.now = options.now ?? (() => performance.now());
  }

  /** Takes one event; pass `(event) => display.show(event)` on to the library. */
  show(event: ProgressEvent): void {
    if (this.quiet) return;
    const time = this.now();
    if (event.label !== this.label) this.begin(event.label, time);
    this.rate.observe(event.done, time);

    const finished = event.done >= event.total;
    const interval = this.output.isTTY === true ? REDRAW_INTERVAL : LINE_INTERVAL;
    if (!finished && time - this.shown < interval) return;
    this.shown = time;
    this.draw(this.describe(event, time), finished);
    if (finished) this.label = null;
  }

  /** Writes a line of its own, above the line of progress where there is one. Silent when quiet. */
  note(text: string): void {
    if (this.quiet) return;
    this.clear();
    this.output.write(`${text}\n`);
  }

  /** Writes what the user has to know, also when quiet. */
  warn(text: string): void {
    this.clear();
    this.output.write(`Warning: ${text}\n`);
  }

  /** Removes an unfinished line, so that an error message starts at the left margin. */
  clear(): void {
    if (this.lineIsOpen) this.output.write('\r\u001b[2K');
    this.lineIsOpen = false;
  }

  private begin(label: string, time: number): void {
    if (this.lineIsOpen) this.output.write('\n');
    this.lineIsOpen = false;
    this.label = label;
    this.rate = new WorkRate();
    this.began = time;
    // On a terminal the first event shows at once; elsewhere short work gets only its last line.
    this.shown = this.output.isTTY === true ? Number.NEGATIVE_INFINITY : time;
  }

  private draw(text: string, finished: boolean): void {
    if (this.output.isTTY !== true) {
      this.output.write(`${text}\n`);
      return;
    }
    // A line as wide as the terminal would wrap and could not be taken back.
    const width = Math.max(20, (this.output.columns ?? 80) - 1);
    this.output.write(`\r\u001b[2K${text.slice(0, width)}${finished ? '\n' : ''}`);
    this.lineIsOpen = !finished;
  }

  private describe(event: ProgressEvent, time: number): string {
    const timed = event.unit === 'seconds';
    const parts = [
      timed
        ? `${event.label} ${formatDuration(event.done * 1000)} of ${formatDuration(event.total * 1000)}`
        : `${event.label} ${event.done}/${event.total}`,
    ];
    const rate = this.rate.perMillisecond;
    if (event.done >= event.total) parts.push(`took ${formatDuration(time - this.began)}`);
    else if (timed) parts.push(`${formatDuration((event.total - event.done) * 1000)} left`);
    else if (rate !== null) {
      parts.push(formatRate(rate * 1000), `${formatDuration((event.total - event.done) / rate)} left`);
    }
    if (event.detail !== undefined) parts.push(event.detail);
    return parts.join(', ');
  }
}

/** A rate per second; slow work reads better as the time of one unit. */
function formatRate(perSecond: number): string {
  return perSecond >= 1 ? `${threeDigits(perSecond)}/s` : `${threeDigits(1 / perSecond)} s each`;
}

/** Three significant digits, without an exponent for large numbers. */
function threeDigits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
