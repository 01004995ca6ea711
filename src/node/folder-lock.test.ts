import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LOCK, withFolderLock } from './folder-lock.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rarevox-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const TIMING = { beat: 20, patience: 100 };
const work = async (): Promise<string> => 'done';

function lockOf(host: string, process: number): void {
  writeFileSync(join(folder, LOCK), JSON.stringify({ host, process, since: '2026-01-01T00:00:00.000Z' }));
}

/** A process of this machine that lives, and one that is gone. */
const ALIVE = process.ppid;
async function gone(): Promise<number> {
  const child = spawn(process.execPath, ['--version']);
  await once(child, 'exit');
  return child.pid as number;
}

describe('withFolderLock', () => {
  it('makes the folder, says who writes to it, and leaves nothing that the work did not', async () => {
    const run = join(folder, 'a', 'RUN');
    const result = await withFolderLock(run, async () => {
      expect(JSON.parse(readFileSync(join(run, LOCK), 'utf8'))).toMatchObject({
        host: hostname(),
        process: process.pid,
      });
      return 7;
    });
    expect(result).toBe(7);
    expect(existsSync(run)).toBe(false);
    await withFolderLock(run, async () => writeFileSync(join(run, 'model.onnx'), ''));
    expect(readdirSync(run)).toEqual(['model.onnx']);
  });

  it('gives the folder free where the work fails', async () => {
    const failing = withFolderLock(folder, () => Promise.reject(new Error('no data')));
    await expect(failing).rejects.toThrow('no data');
    expect(existsSync(join(folder, LOCK))).toBe(false);
  });

  it('refuses a folder that a living process of this machine writes to, and leaves its lock', async () => {
    lockOf(hostname(), ALIVE);
    await expect(withFolderLock(folder, work)).rejects.toThrow(
      `${folder} is in use by process ${ALIVE} on ${hostname()}, since 2026-01-01T00:00:00.000Z: wait until it has ended`,
    );
    expect(readdirSync(folder)).toEqual([LOCK]);
  });

  it('takes the place of a process that was killed at once', async () => {
    lockOf(hostname(), await gone());
    expect(await withFolderLock(folder, work)).toBe('done');
    lockOf(hostname(), process.pid);
    expect(await withFolderLock(folder, work)).toBe('done');
  });

  it.skipIf(process.platform !== 'linux')(
    'takes the place of a process that nobody has asked how it ended',
    async () => {
      // The shell's place is taken by a program that never asks its children.
      const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
      const [text] = await once(parent.stdout, 'data');
      const zombie = Number(text);
      await vi.waitFor(() => expect(readFileSync(`/proc/${zombie}/stat`, 'utf8')).toContain(') Z'), {
        timeout: 10_000,
      });
      lockOf(hostname(), zombie);
      expect(await withFolderLock(folder, work)).toBe('done');
      parent.kill();
    },
  );

  it('takes the place of a process whose number is now one that gives no sign of life', async () => {
    lockOf(hostname(), ALIVE);
    const past = Date.now() / 1000 - 3600;
    utimesSync(join(folder, LOCK), past, past);
    expect(await withFolderLock(folder, work, TIMING)).toBe('done');
  });

  it('waits for signs of life of a process of another machine', async () => {
    lockOf('elsewhere', 1);
    expect(await withFolderLock(folder, work, TIMING)).toBe('done');
    lockOf('elsewhere', 1);
    let time = Date.now() / 1000;
    const living = setInterval(() => utimesSync(join(folder, LOCK), ++time, time), TIMING.beat);
    await expect(withFolderLock(folder, work, TIMING)).rejects.toThrow('in use by process 1 on elsewhere');
    clearInterval(living);
  });

  it('gives signs of life', async () => {
    const written = (): number => statSync(join(folder, LOCK)).mtimeMs;
    const living = async (): Promise<void> => {
      utimesSync(join(folder, LOCK), 1, 1);
      await vi.waitFor(() => expect(written()).toBeGreaterThan(Date.now() - 60_000), { timeout: 10_000 });
    };
    await withFolderLock(folder, living, TIMING);
  });

  it('takes a torn lock for that of a process that died while it wrote', async () => {
    writeFileSync(join(folder, LOCK), '{"host":');
    expect(await withFolderLock(folder, work, TIMING)).toBe('done');
  });

  it('takes away no lock but its own', async () => {
    await withFolderLock(folder, async () => lockOf('elsewhere', 1));
    expect(JSON.parse(readFileSync(join(folder, LOCK), 'utf8'))).toMatchObject({ host: 'elsewhere' });
  });

  it('tells of a path that leads through a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(withFolderLock(join(folder, 'file'), work)).rejects.toThrow(/a part of its path is a file/);
  });
});
