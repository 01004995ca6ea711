import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The built command line; `npm test` builds it first. */
const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

export interface Ended {
  /** Null when a signal ended the process. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `rarevox`. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts `rarevox` with the given words. */
export function start(words: readonly string[], cwd?: string): Running {
  return startProcess(process.execPath, [MAIN, ...words], cwd);
}

/** Starts `rarevox` from a shell, after shell commands such as `ulimit -f 8`. */
export function startAfter(commands: string, words: readonly string[]): Running {
  return startProcess('bash', ['-c', `${commands}; exec "$@"`, 'bash', process.execPath, MAIN, ...words]);
}

function startProcess(file: string, parameters: readonly string[], cwd?: string): Running {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: build first, as \`npm test\` does`);
  const child = spawn(file, parameters, { stdio: ['ignore', 'pipe', 'pipe'], ...(cwd !== undefined && { cwd }) });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  return { process: child, ended };
}

/** Runs `rarevox` to its end. */
export function rarevox(...words: readonly string[]): Promise<Ended> {
  return start(words).ended;
}

/** Waits until a condition holds; throws when the process ends first. */
export async function until(running: Running, condition: () => boolean): Promise<void> {
  let result: Ended | null = null;
  void running.ended.then((ended) => {
    result = ended;
  });
  while (!condition()) {
    if (result !== null) throw new Error(`the process ended first: ${JSON.stringify(result)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** All files below a folder, hidden ones too, as sorted relative paths; empty where there is no folder. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Runs a test in a fresh folder that is gone afterwards. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
