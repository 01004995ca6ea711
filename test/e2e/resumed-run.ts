import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Random } from '../../src/random.ts';
import { type Ended, filesBelow, type Running, start } from './command-line.ts';

/** A run that is begun, cut short and continued through the command line. */
export interface RunCommand {
  readonly data: string;
  readonly config: string;
  readonly out: string;
  /** Threads that cut the patches. */
  readonly workers?: number;
}

/** Begins the run, or continues it once there is something to continue. */
export function startOrResume({ data, config, out, workers = 0 }: RunCommand): Running {
  const how = existsSync(`${out}/config.json`) ? ['--resume'] : ['--config', config];
  return start(['train', data, '--out', out, '--threads', '2', '--workers', String(workers), '--quiet', ...how]);
}

/** Steps in the run's log. */
export function loggedSteps(run: RunCommand): number {
  return lines(run).filter((line) => line.startsWith('{"kind":"step"')).length;
}

/** The whole lines of the run's log. */
function lines({ out }: RunCommand): string[] {
  const log = `${out}/log.jsonl`;
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [];
}

/** How kills follow one another. */
export interface KillPlan {
  readonly kills: number;
  /** ms that a process lives at most before it is killed. */
  readonly patience: number;
  /** Steps between validations. */
  readonly validateEvery: number;
  readonly random: Random;
}

/**
 * Kills and continues a run until it was killed so many times, then lets it end. The kills come in turn once the run has come some
 * steps further than it was, at a random moment of the process's life, while a file is being written, and in a validation.
 *
 * @returns how many of the kills came before the run was over
 */
export async function killRepeatedly(
  run: RunCommand,
  { kills, patience, validateEvery, random }: KillPlan,
): Promise<{ readonly killed: number; readonly last: Ended }> {
  let killed = 0;
  for (let kill = 0; kill < kills; kill++) {
    const goal = loggedSteps(run) + 1 + random.integer(4);
    const moments: readonly (() => boolean)[] = [
      () => loggedSteps(run) >= goal,
      () => false,
      () => loggedSteps(run) >= goal && isWriting(run),
      () => loggedSteps(run) >= goal && isValidating(run, validateEvery),
    ];
    const isMoment = moments[kill % moments.length] as () => boolean;
    const limit = kill % moments.length === 1 ? random.integer(patience) : patience;
    const running = startOrResume(run);
    const isEnded = running.ended.then(() => true);
    const isOver = async (ms: number): Promise<boolean> =>
      Promise.race([isEnded, new Promise<false>((resolve) => setTimeout(() => resolve(false), ms))]);
    const began = performance.now();
    while (!isMoment() && performance.now() - began < limit && !(await isOver(1)));
    if (kill % moments.length === 0) await isOver(random.integer(25));
    running.process.kill('SIGKILL');
    const { signal, stderr, status } = await running.ended;
    if (signal === 'SIGKILL') killed++;
    else expect(status, stderr).toBe(0);
  }
  return { killed, last: await startOrResume(run).ended };
}

/** Files are written beside their place and then moved there. */
function isWriting({ out }: RunCommand): boolean {
  return existsSync(out) && readdirSync(out).some((name) => name.endsWith('.tmp'));
}

/** With a checkpoint after each step the log ends with a step that is to be validated for as long as that takes. */
function isValidating(run: RunCommand, validateEvery: number): boolean {
  const last = lines(run).at(-1);
  if (last === undefined) return false;
  const { kind, step } = JSON.parse(last) as { readonly kind: string; readonly step: number };
  return kind === 'step' && step % validateEvery === 0;
}

/** Expects of two runs the same files with the same bytes, but for the times in their logs and reports, the commands, and their folders' names. */
export function expectSameRun(out: string, expected: string): void {
  expect(filesBelow(out)).toEqual(filesBelow(expected));
  for (const file of filesBelow(expected)) {
    const [own, other] = [`${out}/${file}`, `${expected}/${file}`].map((path) => readFileSync(path));
    // It holds the time of day, at places of the same size.
    if (file.startsWith('events.')) expect(own.length, file).toBe(other.length);
    else if (file === 'log.jsonl') expect(withoutSeconds(own)).toEqual(withoutSeconds(other));
    else if (file.endsWith('.html')) expect(pageOf(own).replaceAll(out, expected)).toBe(pageOf(other));
    else if (file === 'config.json') expect(withoutCommand(own)).toEqual(withoutCommand(other));
    else if (/\.(json|csv)$/.test(file)) expect(own.toString().replaceAll(out, expected)).toBe(other.toString());
    else expect(own.equals(other), file).toBe(true);
  }
}

/** A run's config.json without the command, which names the folder. */
function withoutCommand(config: Buffer): unknown {
  const { command: _, ...rest } = JSON.parse(config.toString()) as Record<string, unknown>;
  return rest;
}

/** A report without its date and command line. */
function pageOf(report: Buffer): string {
  return report.toString().replace(/<section aria-labelledby="provenance-heading">.*?<\/section>/s, '');
}

/** The log's entries without what the clock says. */
function withoutSeconds(log: Buffer): unknown[] {
  return log
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => {
      const entry = JSON.parse(line) as Record<string, unknown>;
      for (const name of ['seconds', 'dataSeconds', 'validationSeconds']) delete entry[name];
      return entry;
    });
}
