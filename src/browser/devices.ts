/** What computes: `auto` is WebGPU where the browser has a GPU for it, else the processor. */
export type BrowserDevice = 'auto' | 'cpu' | 'webgpu';

/** More threads than this gain little on patches of usual size, and each holds memory. */
const MOST_THREADS = 8;

/** Threads that compute together unless asked otherwise: what the machine has, as far as the page may use them. */
export function usualThreads(): number {
  return crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MOST_THREADS) : 1;
}

/**
 * The GPU that WebGPU would compute on.
 *
 * @returns `software` for one that the processor only acts; null where the browser gives none
 */
export async function findGpu(): Promise<'hardware' | 'software' | null> {
  const adapter = await findAdapter();
  if (adapter === null) return null;
  return adapter.info.isFallbackAdapter ? 'software' : 'hardware';
}

/** A device on that GPU; null where there is none to be had. */
export async function openGpu(): Promise<GPUDevice | null> {
  const adapter = await findAdapter();
  return (await adapter?.requestDevice().catch(() => null)) ?? null;
}

async function findAdapter(): Promise<GPUAdapter | null> {
  const gpu = (navigator as Partial<NavigatorGPU>).gpu;
  // Some browsers have the interface and refuse to use it.
  return (await gpu?.requestAdapter().catch(() => null)) ?? null;
}
