import { describe, expect, it } from 'vitest';
import { makeModel } from '../../test/model.ts';
import { renderModelCard, renderModelCards } from './model-card-page.ts';

const { description } = makeModel(3);
const shown = {
  name: 'spots',
  bytes: 712_345,
  sha256: 'ab12',
  description: {
    ...description,
    missingModalities: 'allowed' as const,
    preprocess: { ...description.preprocess, spacing: [1, 1, 3] as [number, number, number] },
    card: {
      ...description.card,
      description: 'Finds spots.',
      intended_use: 'Research.',
      must_not_be_used_for: 'Diagnosis.',
      limits: ['Ten patients.', 'One site.'],
      training: {
        subjects: ['sub-01', 'sub-02'],
        held_out: ['sub-03'],
        command: 'rarevox train ms | tee log',
        checkpoint: 'final',
        step: 750,
      },
      references: ['A. Author 2019'],
      data: {
        digest: `sha256:${'0'.repeat(64)}`,
        patients: 2,
        scans: 3,
        sites: [{ name: 'north', patients: 2 }],
        sequences: [
          { sequences: ['FLAIR', 'T1w'], scans: 2 },
          { sequences: ['FLAIR'], scans: 1 },
        ],
        spacing: {
          least: [0.861, 1, 1] as [number, number, number],
          greatest: [1, 1, 8.1] as [number, number, number],
        },
        sources: [{ name: 'Spots', license: 'MIT', citation: 'Doi 1' }],
      },
      reported: {
        method: 'By hand.',
        selection: 'Nothing.',
        results: [
          {
            sequences: ['FLAIR'],
            note: 'north',
            cases: 4,
            figures: {
              a: {
                Dice: { mean: 0.61239, interval: [0.5, 0.7] as [number, number], n: 4 },
                LTPR: { mean: 0.25, interval: null, n: 4 },
              },
              b: { Dice: { mean: 0.5, interval: null, n: 3 } },
            },
          },
        ],
      },
    },
  },
};

describe('a model card as Markdown', () => {
  it('says all that the file says to people', () => {
    const lines = renderModelCard(shown).split('\n');
    for (const line of [
      '## spots',
      'Finds spots.',
      '| File | `spots.onnx`, 0.71 MB, SHA-256 `ab12` |',
      '| Sequences | FLAIR, T1w; all but one may be missing |',
      '| Labels | 2 a, 7 b |',
      '| Works at | 1 x 1 x 3 mm, to which it resamples |',
      '| Must not be used for | Diagnosis. |',
      '| Trained on | 2 patients (3 scans) by site: north 2. sub-01, sub-02 |',
      '| Held out | sub-03 |',
      '| Sequences in training | FLAIR, T1w: 2; FLAIR: 1 |',
      '| Voxel sizes in training | 0.86 x 1 x 1 mm to 1 x 1 x 8.1 mm |',
      '| Made by | `rarevox train ms \\| tee log` |',
      '| Weights | final, after 750 steps |',
      '**Figures**: By hand. Chosen on the cases reported: Nothing. In brackets: 95 % bootstrap interval of the mean over patients.',
      '| sequences | label | cases | Dice | LTPR |',
      '| FLAIR (north) | a | 4 | 0.612 [0.500, 0.700] | 0.250 |',
      '| FLAIR (north) | b | 4 | 0.500 | – |',
      '- Ten patients.',
      '- Spots (MIT): Doi 1',
      '- A. Author 2019',
    ]) {
      expect(lines).toContain(line);
    }
  });

  it('has the methods that it is compared with in a column of their own', () => {
    const { card } = shown.description;
    const { reported } = card;
    const results = [...reported.results, { ...reported.results[0], baseline: 'A threshold' }];
    const compared = { ...card, reported: { ...reported, results } };
    const lines = renderModelCard({ ...shown, description: { ...shown.description, card: compared } }).split('\n');
    for (const line of [
      '| method | sequences | label | cases | Dice | LTPR |',
      '| **this model** | FLAIR (north) | b | 4 | 0.500 | – |',
      '| A threshold | FLAIR (north) | b | 4 | 0.500 | – |',
    ]) {
      expect(lines).toContain(line);
    }
  });

  it('leaves out what a file of a training says nothing of', () => {
    const text = renderModelCard({ ...shown, description });
    expect(text).toContain('| Trained on | unknown |');
    for (const absent of ['Digest', 'Figures', 'Limits', 'Made by', 'undefined']) expect(text).not.toContain(absent);
  });

  it('is a section of a page', () => {
    const page = renderModelCards([shown, { ...shown, name: 'other' }]);
    expect(page.match(/^#.*$/gm)).toEqual(['# Model cards', '## spots', '## other']);
    expect(renderModelCards([])).toBe('# Model cards\n\nThis version brings no models.\n');
  });
});
