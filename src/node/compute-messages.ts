import type { HostTensor, LoadOptions, RunRequest } from '../engine/engine.ts';

/** What the parent asks of the compute process; each request is answered once, in order. */
export type ComputeRequest =
  | { readonly kind: 'load'; readonly name: string; readonly model: Uint8Array; readonly options: LoadOptions }
  | { readonly kind: 'unload'; readonly name: string }
  | { readonly kind: 'store'; readonly name: string; readonly tensor: HostTensor }
  | { readonly kind: 'fetch'; readonly name: string }
  | { readonly kind: 'run'; readonly model: string; readonly request: RunRequest };

export type ComputeAnswer =
  | { readonly kind: 'result'; readonly tensors: Readonly<Record<string, HostTensor>> }
  | { readonly kind: 'failure'; readonly message: string };
