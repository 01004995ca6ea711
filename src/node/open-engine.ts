import { readdirSync } from 'node:fs';
import type { Device } from '../engine/engine.ts';
import { proveDevice } from '../engine/prove-device.ts';
import { DataError } from '../errors.ts';
import { ChildEngine } from './child-engine.ts';

export type DeviceChoice = Device | 'auto';

/**
 * Starts a compute process on a device that is known to work.
 *
 * `auto` is `webgpu` where the system has a GPU and WebGPU computes on it, else `cpu`; never `cuda`, which is experimental.
 *
 * @param threads that compute together on the processor
 * @throws DataError when the device is missing or fails
 */
export async function openEngine(threads: number, device: DeviceChoice): Promise<ChildEngine> {
  if (device === 'cpu') return new ChildEngine({ threads });
  if (device !== 'auto') return provenEngine(threads, device);
  if (!hasGpu(process.platform, entriesOf('/dev/dri'), entriesOf('/dev'))) return new ChildEngine({ threads });
  try {
    return await provenEngine(threads, 'webgpu');
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return new ChildEngine({ threads });
  }
}

async function provenEngine(threads: number, device: Device): Promise<ChildEngine> {
  const engine = new ChildEngine({ threads, device });
  try {
    await proveDevice(engine);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/**
 * Whether the system has a GPU, as far as it says: WebGPU alone would also take a software driver, slower than the CPU. On
 * Linux a GPU's driver makes device files; elsewhere graphics without a GPU are rare.
 */
export function hasGpu(
  platform: NodeJS.Platform,
  renderers: readonly string[],
  deviceFiles: readonly string[],
): boolean {
  if (platform !== 'linux') return true;
  return renderers.some((name) => name.startsWith('renderD')) || deviceFiles.some((name) => /^nvidia\d+$/.test(name));
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
