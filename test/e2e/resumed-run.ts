import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Random } from '../../src/random.ts';
import { type Ended, filesBelow, type Running, start } from './command-line.ts';

/** A run that is begun, cut short and continued through the command line. */
export interface RunCommand {
  readonly data: string;
  readonly config: string;
  readonly out: string;
}

/** Begins the run, or continues it once there is something to continue. */
export function startOrResume({ data, config, out }: RunCommand): Running {
  const how = existsSync(`${out}/config.json`) ? ['--resume'] : ['--config', config];
  return start(['train', data, '--out', out, '--threads', '2', '--quiet', ...how]);
}

/** Steps in the run's log. */
export function loggedSteps({ out }: RunCommand): number {
  const log = `${out}/log.jsonl`;
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0;
}

/**
 * Kills and continues a run until it was killed so many times, then lets it end. Every other kill comes at a random
 * moment of the process's life, the others once the run has come some steps further than it was.
 *
 * @param patience ms that the process lives at most before a kill of the first kind
 * @returns how many of the kills came before the run was over
 */
export async function killRepeatedly(
  run: RunCommand,
  kills: number,
  patience: number,
  random: Random,
): Promise<{ readonly killed: number; readonly last: Ended }> {
  let killed = 0;
  for (let kill = 0; kill < kills; kill++) {
    const running = startOrResume(run);
    const isEnded = running.ended.then(() => true);
    const isOver = async (ms: number): Promise<boolean> =>
      Promise.race([isEnded, new Promise<false>((resolve) => setTimeout(() => resolve(false), ms))]);
    if (kill % 2 === 0) {
      const goal = loggedSteps(run) + 1 + random.integer(4);
      while (loggedSteps(run) < goal && !(await isOver(2)));
      await isOver(random.integer(25));
    } else {
      await isOver(random.integer(patience));
    }
    running.process.kill('SIGKILL');
    const { signal, stderr, status } = await running.ended;
    if (signal === 'SIGKILL') killed++;
    else expect(status, stderr).toBe(0);
  }
  return { killed, last: await startOrResume(run).ended };
}

/** Expects of two runs the same files with the same bytes, but for the seconds in their logs and their folders' names. */
export function expectSameRun(out: string, expected: string): void {
  expect(filesBelow(out)).toEqual(filesBelow(expected));
  for (const file of filesBelow(expected)) {
    const [own, other] = [`${out}/${file}`, `${expected}/${file}`].map((path) => readFileSync(path));
    if (file === 'log.jsonl') expect(withoutSeconds(own)).toEqual(withoutSeconds(other));
    else if (/\.(json|csv|html)$/.test(file)) expect(own.toString().replaceAll(out, expected)).toBe(other.toString());
    else expect(own.equals(other), file).toBe(true);
  }
}

function withoutSeconds(log: Buffer): unknown[] {
  return log
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { seconds: _, ...rest } = JSON.parse(line) as Record<string, unknown>;
      return rest;
    });
}
