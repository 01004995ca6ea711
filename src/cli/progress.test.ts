import { describe, expect, it } from 'vitest';
import { ProgressDisplay } from './progress.ts';

/** An output that keeps what was written, with a clock that the test turns. */
function recorder(isTTY: boolean, quiet = false) {
  const written: string[] = [];
  const clock = { time: 0 };
  const output = { isTTY, columns: 60, write: (text: string) => written.push(text) };
  const display = new ProgressDisplay(output, { quiet, now: () => clock.time });
  const show = (time: number, done: number, detail?: string): void => {
    clock.time = time;
    display.show({
      kind: 'progress',
      label: 'Training',
      done,
      total: 100,
      ...(detail === undefined ? {} : { detail }),
    });
  };
  return { written, display, show };
}

describe('ProgressDisplay', () => {
  it('writes a line every ten seconds and the last one on an output that is no terminal', () => {
    const { written, show } = recorder(false);
    show(0, 0);
    show(5_000, 10);
    show(10_000, 20, 'loss 0.5');
    show(15_000, 30);
    show(20_000, 40);
    show(50_000, 100, 'loss 0.1');
    expect(written).toEqual([
      'Training 20/100, 2.00/s, 40 s left, loss 0.5\n',
      'Training 40/100, 2.00/s, 30 s left\n',
      'Training 100/100, took 50 s, loss 0.1\n',
    ]);
  });

  it('redraws one line on a terminal, no wider than it, and ends it when finished', () => {
    const { written, show } = recorder(true);
    show(0, 50, 'x'.repeat(100));
    show(50, 51);
    show(1_000, 52);
    show(2_000, 100);
    expect(written.map((text) => text.replace('\r\u001b[2K', '^'))).toEqual([
      `^Training 50/100, ${'x'.repeat(59 - 'Training 50/100, '.length)}`,
      '^Training 52/100, 2.00/s, 24 s left',
      '^Training 100/100, took 2 s\n',
    ]);
  });

  it('takes the rate from the last minute, counted from where a resumed run started', () => {
    const { written, show } = recorder(false);
    show(0, 40);
    show(60_000, 41);
    show(120_000, 71);
    // The first 41 units took a minute; the last 30 too, so 29 more take 58 s.
    expect(written.at(-1)).toBe('Training 71/100, 2.00 s each, 58 s left\n');
  });

  it('shows work that is limited by time without a rate', () => {
    const { written, display } = recorder(true);
    display.show({ kind: 'progress', label: 'Training', done: 62, total: 180, unit: 'seconds', detail: 'step 40' });
    expect(written).toEqual(['\r\u001b[2KTraining 1 min 2 s of 3 min 0 s, 1 min 58 s left, step 40']);
  });

  it('writes nothing when quiet', () => {
    const { written, show, display } = recorder(false, true);
    show(0, 0);
    show(20_000, 50);
    display.note('a word');
    show(30_000, 100);
    expect(written).toEqual([]);
  });

  it('puts a note above the line of a terminal', () => {
    const { written, show, display } = recorder(true);
    show(0, 0);
    display.note('resumed at step 7');
    expect(written.slice(1)).toEqual(['\r\u001b[2K', 'resumed at step 7\n']);
  });
});
