/** A tensor in ordinary memory, outermost axis first. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint8Array;
}

/** What a program's input is fed with. */
export type Feed =
  | { readonly kind: 'tensor'; readonly tensor: HostTensor }
  /** A tensor that the engine keeps under this name: nothing is copied between processes. */
  | { readonly kind: 'stored'; readonly name: string }
  /** A dropout mask of 1 (keep) and 0 (drop), drawn where it is used by the generator that these keys determine. */
  | {
      readonly kind: 'keep-mask';
      readonly shape: readonly number[];
      readonly rate: number;
      readonly keys: readonly (string | number)[];
    };

export interface RunRequest {
  readonly feeds: Readonly<Record<string, Feed>>;
  /** Outputs to hand back. */
  readonly returned: readonly string[];
  /** Outputs that the engine keeps, with the name to keep each under; an older tensor of that name goes. */
  readonly stored?: Readonly<Record<string, string>>;
}

export interface LoadOptions {
  /**
   * Whether ONNX Runtime rewrites the graph. It pays where the weights are constants; for training programs it would only
   * share intermediates that are cheaper to compute twice than to keep (9.8 GB instead of 7.1 GB for `paper`).
   */
  readonly optimize: boolean;
}

export const devices = ['cpu', 'webgpu', 'cuda'] as const;

/** What computes: the processor, or a GPU through one of ONNX Runtime's providers. */
export type Device = (typeof devices)[number];

/** Runs ONNX models and keeps tensors between runs; a process of its own under Node, a worker in the browser. */
export interface Engine {
  /** What it computes on; programs are lowered for it. */
  readonly device: Device;
  /** Makes a model ready to run under a name. */
  load(name: string, model: Uint8Array, options: LoadOptions): Promise<void>;
  /** Gives a loaded model's memory back. */
  unload(name: string): Promise<void>;
  store(name: string, tensor: HostTensor): Promise<void>;
  fetch(name: string): Promise<HostTensor>;
  /** May be asked again before it has answered; requests are met in their order. An array that is fed must not change until the answer. */
  run(model: string, request: RunRequest): Promise<Readonly<Record<string, HostTensor>>>;
  /** Ends the engine, in the middle of a run if need be. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Threads that compute one operation together, on the processor. */
  readonly threads: number;
  /** `cpu` unless given. */
  readonly device?: Device | undefined;
}

/** A scalar to feed. */
export function scalar(value: number): Feed {
  return { kind: 'tensor', tensor: { shape: [], data: Float32Array.of(value) } };
}
