import { type ChildProcess, spawn } from 'node:child_process';
import type { ExecutionOptions, Executor, RunOutcome, RunTask } from '../experiment/executor.ts';

export interface LocalExecutorOptions {
  /** Path of the command's script. */
  readonly command: string;
  /** Processes at a time. */
  readonly jobs: number;
  /** After so many milliseconds no run is begun, and those that run are stopped at a checkpoint; null: never. */
  readonly limit: number | null;
}

/** Lines of a failed process that are told. */
const LAST_LINES = 12;

/**
 * Runs tasks as processes on this machine. A run that is to stop gets a SIGTERM, upon which it writes a checkpoint; should this process
 * itself be killed, the closed channel ends the runs too, so that none goes on unseen beside its successor.
 */
export class LocalExecutor implements Executor {
  private readonly options: LocalExecutorOptions;

  constructor(options: LocalExecutorOptions) {
    this.options = options;
  }

  async execute(tasks: readonly RunTask[], options: ExecutionOptions): Promise<readonly RunOutcome[]> {
    const { jobs, limit } = this.options;
    const waiting = [...tasks];
    const outcomes: RunOutcome[] = [];
    const running = new Map<ChildProcess, RunTask>();
    let isStopping = false;
    const stop = (): void => {
      isStopping = true;
      for (const child of running.keys()) child.kill('SIGTERM');
    };
    const timer = limit === null ? null : setTimeout(stop, limit);
    options.signal.addEventListener('abort', stop, { once: true });
    const show = (): void => {
      const done = outcomes.filter(({ kind }) => kind !== 'stopped').length;
      const detail = [...running.values()].map(({ label }) => label).join(' | ');
      const event = { kind: 'progress', label: 'Runs', done, total: tasks.length } as const;
      options.onEvent(detail === '' ? event : { ...event, detail });
    };
    const settle = (outcome: RunOutcome): void => {
      outcomes.push(outcome);
      options.onOutcome(outcome);
    };
    const work = async (): Promise<void> => {
      for (;;) {
        const task = isStopping || options.signal.aborted ? undefined : waiting.shift();
        if (task === undefined) return;
        const child = this.start(task);
        running.set(child, task);
        show();
        const ended = await endOf(child);
        running.delete(child);
        const { key } = task;
        if (ended.status === 0) settle({ key, kind: 'finished', message: null });
        else if (isStopping) settle({ key, kind: 'stopped', message: null });
        else settle({ key, kind: 'failed', message: ended.message });
        if (!isStopping) show();
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, work));
    } finally {
      if (timer !== null) clearTimeout(timer);
      options.signal.removeEventListener('abort', stop);
    }
    options.signal.throwIfAborted();
    for (const { key } of waiting) settle({ key, kind: 'stopped', message: null });
    return outcomes;
  }

  private start({ words }: RunTask): ChildProcess {
    // Quiet, so that the last words of a failed one are about the fault.
    const parameters = [this.options.command, ...words, '--quiet'];
    return spawn(process.execPath, parameters, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  }
}

function endOf(child: ChildProcess): Promise<{ readonly status: number | null; readonly message: string }> {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece)
      .split('\n')
      .slice(-LAST_LINES - 1)
      .join('\n');
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: null, message: error.message }));
    child.on('close', (status, signal) => {
      const words = text.trim();
      resolve({ status, message: words === '' && signal !== null ? `ended by the signal ${signal}` : words });
    });
  });
}
