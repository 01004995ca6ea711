import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openModelOnShow } from '../src/cli/models.ts';
import { shippedModelNames } from '../src/node/shipped-models.ts';
import { renderModelCards } from '../src/report/model-card-page.ts';

const models = await Promise.all((await shippedModelNames()).map(openModelOnShow));

describe('the models that come with the package', () => {
  it('have their cards in docs/model-cards.md, as `npm run build:cards` writes them', () => {
    const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'model-cards.md'), 'utf8');
    expect(page).toBe(renderModelCards(models));
  });

  it('are small, and say what others must know', () => {
    for (const { name, bytes, description } of models) {
      const { card } = description;
      expect(card.name, name).toBe(name);
      expect(bytes, name).toBeLessThan(5e6);
      for (const entry of ['data', 'reported', 'limits', 'must_not_be_used_for', 'rarevox_version'] as const) {
        expect(card[entry], `${name}: ${entry}`).toBeDefined();
      }
      // Places of the machine that trained it are nobody's business.
      expect(JSON.stringify(description), name).not.toMatch(/\/(home|root|tmp|work|Users)\//);
    }
  });
});
