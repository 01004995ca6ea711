import * as runtime from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Feed, type HostTensor, scalar } from '../../src/engine/engine.ts';
import { lowerProgram } from '../../src/engine/lower-program.ts';
import { OrtEngine } from '../../src/engine/ort-engine.ts';
import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { gradient } from '../../src/graph/gradient.ts';
import { asymmetricSimilarity } from '../../src/loss/asymmetric-similarity.ts';
import { adam, adamScalars } from '../../src/optimizer/adam.ts';

/**
 * A task with a known answer. Voxels look alike within a bin, and bin k has n_k voxels of which m_k are foreground: the
 * image tells no more about a voxel than the rate r_k = m_k / n_k, as with noisy labels. Foreground is rare (1.9 %). A
 * network can at best give each bin a probability p_k, and
 *
 *     F_beta = (1 + b^2) sum m_k p_k / (b^2 sum m_k + sum n_k p_k)
 *
 * is a quotient of linear functions of p, so that it is greatest at a corner, where each p_k is 0 or 1. The derivative in
 * p_k has the sign of (1 + b^2) r_k - F_beta: the best corner F* predicts the bins with r_k > F* / (1 + b^2).
 */
const voxels = [20, 30, 40, 60, 100, 150, 300, 700, 2000, 6600];
const foreground = [18, 21, 20, 21, 22, 20, 21, 21, 20, 7];
const betas = [0.5, 1, 1.5, 2, 3];

const bins = voxels.length;
const allForeground = foreground.reduce((sum, count) => sum + count, 0);

interface Outcome {
  readonly predicted: readonly boolean[];
  readonly similarity: number;
  readonly sensitivity: number;
  readonly ppv: number;
}

function outcomeOf(predicted: readonly boolean[], beta: number): Outcome {
  let [truePositives, positives] = [0, 0];
  for (let bin = 0; bin < bins; bin++) {
    if (!predicted[bin]) continue;
    truePositives += foreground[bin];
    positives += voxels[bin];
  }
  const square = beta * beta;
  return {
    predicted,
    similarity: ((1 + square) * truePositives) / (square * allForeground + positives),
    sensitivity: truePositives / allForeground,
    ppv: truePositives / positives,
  };
}

/** The best of all ways to predict or not to predict each bin. */
function bestOutcome(beta: number): Outcome {
  let best = outcomeOf(new Array<boolean>(bins).fill(true), beta);
  for (let subset = 1; subset < 2 ** bins; subset++) {
    const outcome = outcomeOf(
      voxels.map((_, bin) => ((subset >> bin) & 1) === 1),
      beta,
    );
    if (outcome.similarity > best.similarity) best = outcome;
  }
  return best;
}

/** Trains one logit a bin with the loss, its gradient program and Adam, in ONNX Runtime, from probabilities of 1/2. */
async function train(beta: number, steps: number): Promise<{ logits: Float32Array; loss: number }> {
  const most = Math.max(...voxels);
  const b = new GraphBuilder();
  const vector = [1, 1, 1, bins, 1];
  const shape = [1, 1, 1, bins, most];
  const parameters = b.input('logits', vector);
  const input = {
    logits: b.broadcast(parameters, shape),
    reference: b.input('reference', shape),
    weight: b.input('weight', shape),
  };
  const loss = asymmetricSimilarity(b, input, { betas: [beta], smoothing: 0 });
  const [gradients] = gradient(b, loss, [parameters]) as [Value];
  const next = adam(b, {
    parameters,
    gradients,
    states: { firstMoment: b.input('first', vector), secondMoment: b.input('second', vector) },
    scalars: { stepSize: b.input('stepSize', []), rootCorrection: b.input('rootCorrection', []) },
  });
  const program = b.program({
    loss,
    nextLogits: next.parameters,
    nextFirst: next.states.firstMoment as Value,
    nextSecond: next.states.secondMoment as Value,
  });

  const state = { nextLogits: 'logits', nextFirst: 'first', nextSecond: 'second' };
  const engine = new OrtEngine(runtime, { threads: 1 });
  const rows = (counts: readonly number[]): HostTensor => ({
    shape,
    data: Float32Array.from({ length: bins * most }, (_, at) => (at % most < counts[Math.floor(at / most)] ? 1 : 0)),
  });
  try {
    const model = lowerProgram(program, { form: 'fast', parameters: { kind: 'values', values: new Map() } });
    await engine.load('step', model, { optimize: false });
    await engine.store('reference', rows(foreground));
    await engine.store('weight', rows(voxels));
    for (const name of Object.values(state)) await engine.store(name, { shape: vector, data: new Float32Array(bins) });
    const kept = [...Object.values(state), 'reference', 'weight'].map((name): [string, Feed] => [
      name,
      { kind: 'stored', name },
    ]);
    let last = Number.NaN;
    for (let step = 1; step <= steps; step++) {
      const { stepSize, rootCorrection } = adamScalars(0.1, step);
      const feeds = {
        ...Object.fromEntries(kept),
        stepSize: scalar(stepSize),
        rootCorrection: scalar(rootCorrection),
      };
      last = (await engine.run('step', { feeds, returned: ['loss'], stored: state })).loss.data[0];
    }
    return { logits: (await engine.fetch('logits')).data as Float32Array, loss: last };
  } finally {
    await engine.close();
  }
}

describe('training with the asymmetric similarity loss', () => {
  const trained = new Map<number, { outcome: Outcome; loss: number }>();
  beforeAll(async () => {
    for (const beta of betas) {
      const { logits, loss } = await train(beta, 600);
      const predicted = Array.from(logits, (logit) => logit > 0);
      trained.set(beta, { outcome: outcomeOf(predicted, beta), loss });
    }
  });

  it.each(betas)('predicts at beta %d the bins with r > F* / (1 + beta^2), which are the best', (beta) => {
    const best = bestOutcome(beta);
    const cut = best.similarity / (1 + beta * beta);
    expect(best.predicted).toEqual(voxels.map((count, bin) => foreground[bin] / count > cut));

    const found = trained.get(beta);
    expect(found?.outcome).toEqual(best);
    expect(found?.loss).toBeCloseTo(1 - best.similarity, 2);
  });

  it('raises sensitivity and lowers PPV as beta goes from 0.5 to 3', () => {
    const outcomes = [...trained.values()].map(({ outcome }) => outcome);
    // 59, 80, 102, 122, 143 of 191 foreground voxels, in 90, 150, 250, 400, 700 predicted ones.
    const sensitivities = [59, 80, 102, 122, 143].map((count) => count / 191);
    expect(outcomes.map(({ sensitivity }) => sensitivity)).toEqual(sensitivities);
    expect(outcomes.map(({ ppv }) => ppv)).toEqual([59 / 90, 80 / 150, 102 / 250, 122 / 400, 143 / 700]);
  });
});
