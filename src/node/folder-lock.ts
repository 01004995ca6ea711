import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DataError } from '../errors.ts';
import { codeOf, fileFault } from './file-access.ts';

/** The file by which a process says that it writes to a folder. */
export const LOCK = 'lock.json';

const holderSchema = z.object({ host: z.string(), process: z.number().int(), since: z.string() });
type Holder = z.infer<typeof holderSchema>;

export interface LockTiming {
  /** Milliseconds from one sign of life of the process that holds a lock to the next. */
  readonly beat: number;
  /** Milliseconds without a sign of life after which a process is taken for dead that cannot be asked, since it is another machine's. */
  readonly patience: number;
}

/** Patience is long beside what a busy machine, or a file server, may make of a beat. */
const TIMING: LockTiming = { beat: 10_000, patience: 60_000 };

/**
 * Does what writes to a folder while no other process does: two trainings in one folder would mix their logs and delete each other's
 * unfinished files. Makes the folder where there is none, and removes it again if it stays empty. The lock of a process of this machine that is gone counts no more;
 * that of another machine does until no sign of life came from it for a minute.
 *
 * @throws DataError where a living process writes to the folder, or it cannot be written to
 */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>, timing = TIMING): Promise<T> {
  const path = `${folder}/${LOCK}`;
  const own = JSON.stringify({
    host: hostname(),
    process: process.pid,
    since: new Date().toISOString(),
  } satisfies Holder);
  const isNew = await madeFolder(folder);
  while (!(await created(path, own))) {
    const found = await read(path);
    if (found === null) continue;
    if (await isHeld(path, found, timing)) throw inUse(path, found.holder);
    await takeAway(path, found.text);
  }
  const beating = setInterval(() => {
    const now = new Date();
    // Who deleted the folder meanwhile hears of it from what is written there.
    utimes(path, now, now).catch(() => undefined);
  }, timing.beat);
  beating.unref();
  try {
    return await work();
  } finally {
    clearInterval(beating);
    // What can't be taken away is a dead process's lock soon, and a folder with something in it is to stay.
    await takeAway(path, own).catch(() => undefined);
    if (isNew) await rmdir(folder).catch(() => undefined);
  }
}

/** Makes a folder; whether there was none. */
async function madeFolder(folder: string): Promise<boolean> {
  try {
    return (await mkdir(folder, { recursive: true })) !== undefined;
  } catch (error) {
    throw fileFault(folder, 'written', error);
  }
}

/** Whether there was no lock, and now is this one. */
async function created(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(text).finally(() => file.close());
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw fileFault(path, 'written', error);
  }
}

interface FoundLock {
  readonly text: string;
  /** Null where the text is no lock's: of a process that died while it wrote, or writes just now. */
  readonly holder: Holder | null;
  /** The last sign of life. */
  readonly written: number;
}

async function read(path: string): Promise<FoundLock | null> {
  try {
    const { mtimeMs } = await stat(path);
    const text = await readFile(path, 'utf8');
    return { text, holder: holderOf(text), written: mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw fileFault(path, 'read', error);
  }
}

function holderOf(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * Whether the lock's process lives. One of this machine is asked; but its number may be another process's by now, or this one's, as in a
 * container that is started again, and gives no sign of life then. Other machines' clocks may differ: it is seen whether signs of life come, not when the last one came.
 */
async function isHeld(path: string, { text, holder, written }: FoundLock, timing: LockTiming): Promise<boolean> {
  if (holder?.host === hostname()) {
    if (holder.process === process.pid || !isRunning(holder.process)) return false;
    if (Date.now() - written < timing.patience) return true;
  }
  for (let waited = 0; waited < timing.patience; waited += timing.beat) {
    await sleep(timing.beat);
    const now = await read(path);
    if (now === null) return false;
    if (now.text !== text || now.written !== written) return true;
  }
  return false;
}

/** Whether a process has ended and only waits for its parent to ask how, which in a container may take long; false where /proc is not Linux's. */
function isZombie(id: number): boolean {
  try {
    // The name, in parentheses, may hold any character.
    return /\) [ZX]/.test(readFileSync(`/proc/${id}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return !isZombie(id);
  } catch (error) {
    // Another user's process may not be signaled.
    return codeOf(error) === 'EPERM';
  }
}

/** Takes a lock away, if it is this one still. Of several that try, one moves it; who moved another one in its place puts that back. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) === text) await rm(aside);
    else await rename(aside, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw fileFault(path, 'deleted', error);
  }
}

function inUse(path: string, holder: Holder | null): DataError {
  const who =
    holder === null ? 'another process' : `process ${holder.process} on ${holder.host}, since ${holder.since}`;
  return new DataError(
    `${dirname(path)} is in use by ${who}: wait until it has ended, stop it, or choose another folder. Should there be no such process, delete ${path}.`,
  );
}
