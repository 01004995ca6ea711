import type { Feed, LoadOptions, RunRequest } from '../engine/engine.ts';
import type { SentTensor } from './tensor-file.ts';

/** What a program's input is fed with, on its way to the compute process. */
export type SentFeed =
  | Exclude<Feed, { readonly kind: 'tensor' }>
  | { readonly kind: 'tensor'; readonly tensor: SentTensor };

/** What the parent asks of the compute process; each request is answered once, in order. */
export type ComputeRequest =
  | { readonly kind: 'load'; readonly name: string; readonly model: Uint8Array; readonly options: LoadOptions }
  | { readonly kind: 'unload'; readonly name: string }
  | { readonly kind: 'store'; readonly name: string; readonly tensor: SentTensor }
  | { readonly kind: 'fetch'; readonly name: string }
  | {
      readonly kind: 'run';
      readonly model: string;
      readonly request: Omit<RunRequest, 'feeds'> & { readonly feeds: Readonly<Record<string, SentFeed>> };
    };

export interface RequestMessage {
  readonly request: ComputeRequest;
  /** How many further answers the parent has read since its last message: their tensors are no longer needed. */
  readonly answersRead: number;
}

export type ComputeAnswer =
  | { readonly kind: 'result'; readonly tensors: Readonly<Record<string, SentTensor>> }
  | { readonly kind: 'failure'; readonly message: string };

/** A record with each of its values changed. */
export function mapRecord<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A, name: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}
