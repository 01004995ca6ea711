import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExecutionOptions, RunOutcome, RunTask } from '../experiment/executor.ts';
import { LocalExecutor } from './local-executor.ts';

/** Does what its first word says in the folder of its second: writes a file, fails, or waits for a SIGTERM. */
const COMMAND = `
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
const [what, folder, name] = process.argv.slice(2);
appendFileSync(folder + '/order', name + ' ');
if (what === 'fail') {
  process.stderr.write('Something is wrong with ' + name + '.\\n');
  process.exitCode = 1;
} else if (what === 'wait') {
  const timer = setInterval(() => undefined, 1000);
  process.on('SIGTERM', () => {
    writeFileSync(folder + '/' + name, 'stopped');
    process.exit(75);
  });
  process.on('disconnect', () => process.exit(1));
  writeFileSync(folder + '/waiting', '');
} else if (what === 'die') process.kill(process.pid, 'SIGKILL');
else writeFileSync(folder + '/' + name, 'done');
if (what !== 'wait') process.disconnect();
`;

describe('LocalExecutor', () => {
  let folder = '';
  const task = (what: string, name: string): RunTask => ({
    key: name,
    label: `run ${name}`,
    words: [what, folder, name],
  });
  const options = (changed: Partial<ExecutionOptions> = {}): ExecutionOptions => ({
    signal: new AbortController().signal,
    onEvent: () => undefined,
    onOutcome: () => undefined,
    ...changed,
  });
  const executor = (jobs: number, limit: number | null = null): LocalExecutor =>
    new LocalExecutor({ command: join(folder, 'command.mjs'), jobs, limit });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rarevox-executor-'));
    writeFileSync(join(folder, 'command.mjs'), COMMAND);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('runs tasks in their order, and goes on after one that fails', async () => {
    const done: number[] = [];
    const outcomes = await executor(1).execute(
      [task('do', 'a'), task('fail', 'b'), task('die', 'c'), task('do', 'd')],
      options({ onEvent: (event) => done.push(event.done) }),
    );
    expect(outcomes).toEqual<RunOutcome[]>([
      { key: 'a', kind: 'finished', message: null },
      { key: 'b', kind: 'failed', message: 'Something is wrong with b.' },
      { key: 'c', kind: 'failed', message: 'ended by the signal SIGKILL' },
      { key: 'd', kind: 'finished', message: null },
    ]);
    expect(readFileSync(join(folder, 'order'), 'utf8')).toBe('a b c d ');
    expect(done).toEqual([0, 1, 1, 2, 2, 3, 3, 4]);
  });

  it('runs several at a time', async () => {
    const controller = new AbortController();
    const stopAll = setInterval(() => {
      if (existsSync(join(folder, 'waiting')) && existsSync(join(folder, 'b'))) controller.abort();
    }, 5);
    const running = executor(2).execute([task('wait', 'a'), task('do', 'b')], options({ signal: controller.signal }));
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    clearInterval(stopAll);
    // The one that waited was told to stop, and waited for.
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('stopped');
  });

  it('stops what runs and begins no more when the time is up', async () => {
    const outcomes = await executor(1, 2000).execute([task('wait', 'a'), task('do', 'b')], options());
    expect(outcomes).toEqual([
      { key: 'a', kind: 'stopped', message: null },
      { key: 'b', kind: 'stopped', message: null },
    ]);
    expect(existsSync(join(folder, 'b'))).toBe(false);
  });
});
