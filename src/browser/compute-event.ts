import type { ProgressEvent } from '../progress-event.ts';

/** Something that whoever waits for a prediction should be told, in words for people. */
export interface ComputeNotice {
  readonly kind: 'notice';
  /**
   * `webgpu-missing`: WebGPU was asked for, and the browser gives none; `webgpu-failed`: it was lost or failed, and the prediction
   * starts anew on the processor; `one-thread`: the page is not cross-origin isolated, so one thread computes; `little-memory`: the
   * machine may not have what the prediction needs; `whole-head`: the scan seems to have its skull.
   */
  readonly code: 'webgpu-missing' | 'webgpu-failed' | 'one-thread' | 'little-memory' | 'whole-head';
  readonly message: string;
}

export type ComputeEvent = ProgressEvent | ComputeNotice;
