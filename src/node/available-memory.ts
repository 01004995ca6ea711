import { freemem } from 'node:os';

/**
 * Bytes that the process and its children may still take before the system swaps or kills: what the machine has free or can
 * free, within the limit of a container.
 */
export function availableMemory(): number {
  // Node 20.13 brought it; free memory without what the system could free is the careful answer of older ones.
  return process.availableMemory?.() ?? freemem();
}
