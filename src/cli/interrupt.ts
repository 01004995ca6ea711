/** The status that shells give to a program ended by Ctrl-C: 128 + SIGINT. */
const INTERRUPTED = 130;

/** "Try again later", EX_TEMPFAIL of sysexits.h: the machine asked the command to make way, and it can go on another time. */
const TO_BE_CONTINUED = 75;

/** What a batch system or a machine that shuts down sends: SIGTERM, or what Slurm's `--signal` is told to. */
const REQUESTS = ['SIGTERM', 'SIGUSR1'] as const;

/** The reason of work that a signal to the process called off. */
export class Interruption extends Error {
  override readonly name = 'AbortError';
  /** What the process ends with. */
  readonly status: number;

  constructor(signal: 'SIGINT' | (typeof REQUESTS)[number]) {
    super(signal === 'SIGINT' ? 'interrupted' : `stopped by ${signal}`);
    this.status = signal === 'SIGINT' ? INTERRUPTED : TO_BE_CONTINUED;
  }
}

/**
 * Runs work that can be called off: the first Ctrl-C, SIGTERM or SIGUSR1 aborts the signal, so that the library stops at the
 * next safe place and the work rejects with an Interruption. A Ctrl-C after it ends the process at once; a further request does
 * not, since a batch system may send one to a process and to its whole group.
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort(new Interruption('SIGINT'));
  };
  // To abort once more changes nothing.
  const requests = REQUESTS.map((signal) => [signal, () => controller.abort(new Interruption(signal))] as const);
  process.on('SIGINT', interrupt);
  for (const [signal, request] of requests) process.on(signal, request);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', interrupt);
    for (const [signal, request] of requests) process.off(signal, request);
  }
}
