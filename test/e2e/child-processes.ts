import { readFileSync } from 'node:fs';

/** Pids of a process's children (Linux only). */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** The compute processes among a process's children. */
export function computeProcessesOf(pid: number): number[] {
  return childrenOf(pid).filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('compute-process'));
}

export function isAlive(pid: number): boolean {
  // A process that ended stays as a zombie until its parent asks for its status.
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
