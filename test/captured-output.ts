import { afterEach, beforeEach, vi } from 'vitest';

/** What commands that run within the test's own process printed, since the test began. */
export interface CapturedOutput {
  /** On stdout. */
  printed: string;
  /** On stderr. */
  warned: string;
}

/** Keeps what each test of the file writes to stdout and stderr, in place of printing it. */
export function captureOutput(): CapturedOutput {
  const output: CapturedOutput = { printed: '', warned: '' };
  beforeEach(() => {
    output.printed = '';
    output.warned = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      output.printed += String(text);
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      output.warned += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return output;
}
