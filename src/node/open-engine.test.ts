import { describe, expect, it } from 'vitest';
import { hasGpu } from './open-engine.ts';

describe('hasGpu', () => {
  it('goes by the device files of a driver on Linux', () => {
    expect(hasGpu('linux', [], ['null', 'nvidiactl', 'nvidia-uvm'])).toBe(false);
    expect(hasGpu('linux', ['by-path', 'card0'], ['dri'])).toBe(false);
    expect(hasGpu('linux', ['card0', 'renderD128'], ['dri'])).toBe(true);
    expect(hasGpu('linux', [], ['null', 'nvidia0'])).toBe(true);
  });

  it('takes it for granted elsewhere, where WebGPU itself says no', () => {
    expect(hasGpu('darwin', [], [])).toBe(true);
    expect(hasGpu('win32', [], [])).toBe(true);
  });
});
