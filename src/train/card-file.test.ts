import { describe, expect, it } from 'vitest';
import { MemoryFileAccess } from '../../test/memory-file-access.ts';
import { readCardFile } from './card-file.ts';

const content = {
  description: 'b',
  intended_use: 'c',
  must_not_be_used_for: 'd',
  limits: ['e'],
  sources: [{ name: 'f', license: 'g', citation: 'h' }],
  reported: { method: 'i', selection: 'j', results: [{ sequences: ['FLAIR'], summary: 'k.json' }] },
};

function read(value: unknown) {
  const files = new MemoryFileAccess();
  files.set('card.json', typeof value === 'string' ? value : JSON.stringify(value));
  return readCardFile(files, 'card.json');
}

describe('the file of a model card', () => {
  it('is read, with intervals unless they are declined', async () => {
    expect((await read(content)).reported.results).toEqual([
      { sequences: ['FLAIR'], summary: 'k.json', intervals: true },
    ]);
  });

  it('is refused with all its faults', async () => {
    await expect(read('{')).rejects.toThrow('card.json is not JSON: correct it.');
    const faulty = read({ ...content, limits: [], sources: undefined, licence: 'MIT' });
    const message = await faulty.catch((error: Error) => error.message);
    expect(message).toMatch(/^card\.json is no model card/);
    for (const part of ['limits', 'sources', 'licence']) expect(message).toContain(part);
  });
});
