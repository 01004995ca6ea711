import { describe, expect, it } from 'vitest';
import { augmentationOptionsSchema } from '../augmentation/options.ts';
import { selectionOptionsSchema } from '../patch/selection-options.ts';
import { Random } from '../random.ts';
import type { Batch } from './batch.ts';
import { BatchQueue } from './batch-queue.ts';
import { drawDropped, RecipeDrawer, sampleRecordSchema } from './recipe.ts';
import type { TrainingCase } from './training-case.ts';

function aCase(id: string): TrainingCase {
  const labels = new Uint8Array(8000);
  labels[4210] = 1;
  const brain = new Uint8Array(8000).fill(1);
  const image = new Float32Array(16000).fill(1);
  const foreground = Int32Array.of(4210);
  return { id, shape: [20, 20, 20], spacing: [1, 1, 1], image, labels, brain, foreground, present: [true, true] };
}

function drawer(modalityDropout = 0.5): RecipeDrawer {
  return new RecipeDrawer([aCase('a'), aCase('b'), aCase('c')], {
    patch: [8, 8, 8],
    batch: 2,
    selection: selectionOptionsSchema.parse({ kind: 'foreground-share' }),
    augmentation: augmentationOptionsSchema.parse({ base: 'standard', transplant: { probability: 1 } }),
    modalityDropout,
    seed: 3,
  });
}

describe('RecipeDrawer', () => {
  it('draws plain JSON, and goes on from a state', () => {
    const whole = drawer();
    const records = Array.from({ length: 12 }, () => whole.next());
    for (const record of records.flat()) {
      expect(sampleRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
      expect(record.subject).toBe(['a', 'b', 'c'][record.caseIndex]);
    }
    const first = drawer();
    for (let n = 0; n < 5; n++) first.next();
    const later = drawer().from(JSON.parse(JSON.stringify(first.state)));
    expect(Array.from({ length: 7 }, () => later.next())).toEqual(records.slice(5));
  });

  it('transplants lesions of other cases than its own alone', () => {
    const one = drawer();
    for (const { caseIndex, augmentation } of Array.from({ length: 60 }, () => one.next()).flat()) {
      expect(augmentation.transplant).toBeDefined();
      expect(augmentation.transplant?.donor).not.toBe(caseIndex);
    }
  });
});

describe('drawDropped', () => {
  it('loses each non-empty proper subset of what there is as often, by the probability', () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 7000; n++) {
      const dropped = drawDropped([true, false, true, true], 6 / 7, new Random('drop', n)).join();
      counts.set(dropped, (counts.get(dropped) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['', '0', '0,2', '0,3', '2', '2,3', '3']);
    // 1000 expected of each with a standard deviation of 29
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('loses nothing where one sequence is all there is, or the probability is 0', () => {
    for (let n = 0; n < 50; n++) {
      expect(drawDropped([false, true], 1, new Random(n))).toEqual([]);
      expect(drawDropped([true, true, true], 0, new Random(n))).toEqual([]);
    }
  });
});

describe('BatchQueue', () => {
  it.each([0, 1, 3])('gives the draws in order with the state of the step taken, %d ahead', async (ahead) => {
    const plain = drawer();
    const expected = Array.from({ length: 6 }, () => {
      const samples = [plain.next(), plain.next()].flat();
      return { samples, drawing: plain.state };
    });
    let time = 0;
    let begun = 0;
    const source = {
      async prepare() {
        // Later batches are done earlier.
        const turns = 20 - 2 * begun++;
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        return { image: begun } as unknown as Batch;
      },
      async close() {},
    };
    const now = () => {
      time += 7;
      return time;
    };
    const queue = new BatchQueue({ drawer: drawer(), source, count: 2, ahead, now });
    for (const step of expected) {
      const { samples, drawing, waited, batches } = await queue.next();
      expect({ samples, drawing }).toEqual(step);
      expect(waited).toBe(7);
      expect(batches).toHaveLength(2);
    }
    expect(begun).toBe(2 * (6 + ahead));
  });

  it('tells the fault of a batch when it is asked for', async () => {
    let calls = 0;
    const source = {
      prepare: async () => {
        if (calls++ > 0) throw new Error('no more');
        return {} as Batch;
      },
      async close() {},
    };
    const queue = new BatchQueue({ drawer: drawer(), source, count: 1, ahead: 1, now: () => 0 });
    await queue.next();
    await expect(queue.next()).rejects.toThrow('no more');
  });
});
