import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { encodeCurves, readCounts } from './curves-file.ts';
import { countAtThresholds } from './threshold-counts.ts';
import { thresholdCurve } from './threshold-curve.ts';

describe('curves.json', () => {
  it('gives back the counts that can be summed over cases', async () => {
    const probabilities = Float32Array.from({ length: 300 }, (_, v) => ((v * 37) % 301) / 301);
    const reference = Uint8Array.from({ length: 300 }, (_, v) => (v % 7 === 0 ? 1 : 0));
    const curves = [reference, new Uint8Array(300)].map((own, index) => ({
      subject: `sub-0${index + 1}`,
      label: 1,
      curve: thresholdCurve(probabilities, own),
      counts: countAtThresholds(probabilities, own),
    }));
    const files = new MemoryFileAccess();
    files.set('curves.json', encodeCurves(curves));
    const read = await readCounts(files, 'curves.json');
    expect(read).toEqual(curves.map(({ subject, label, counts }) => ({ subject, label, counts })));
  });

  it('has none where an older version wrote it, and is refused by name where it is something else', async () => {
    const files = new MemoryFileAccess();
    files.set('old.json', '[{"subject": "sub-01", "label": 1, "positives": 3}]');
    expect(await readCounts(files, 'old.json')).toEqual([]);
    files.set('curves.json', '{}');
    await expect(readCounts(files, 'curves.json')).rejects.toThrow(/curves\.json is no curves\.json of/);
  });
});
