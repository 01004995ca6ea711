import type { Label } from '../../src/dataset/subject.ts';
import type { PooledPoint } from '../../src/evaluate/threshold-counts.ts';
import type { Lesion } from '../../src/predict/lesions.ts';
import type { DecisionSettings } from '../../src/predict/options.ts';
import { reorientOnto, reorientToRas } from '../../src/volume/orientation.ts';
import type { ScalarVolume } from '../../src/volume/volume.ts';
import { comparisonOf, NO_CURVE } from './comparison.ts';
import { type Context, report } from './context.ts';
import { Corrections } from './corrections.ts';
import { volumeOf } from './mask-volume.ts';
import type { Stroke } from './scan-view.ts';
import type { Decision, Result } from './state.ts';
import type { Mask, Predicted } from './store.ts';

/** A plot has no more pixels for points than this. */
const CURVE_POINTS = 300;

/**
 * What is made of a prediction by hand: another threshold, strokes of the brush. One decision is under way at a time, and of those asked for
 * meanwhile the last one counts, so that a slider never lags behind.
 */
export class Editing {
  private corrections = new Corrections(0);
  /** As decided, without the corrections, in RAS order. */
  private decided: Mask | null = null;
  private decidedLesions: readonly Lesion[] = [];
  private curve = NO_CURVE;
  private wanted: Decision | null = null;
  private isBusy = false;

  constructor(private readonly context: Context) {}

  /** Starts anew with a prediction, whose mask is the model's. */
  async begin(): Promise<void> {
    const { predicted } = this.context.store.state;
    if (predicted === null) return;
    this.corrections = new Corrections(predicted.mask.data.length);
    this.decided = predicted.mask;
    this.decidedLesions = predicted.result.lesions;
    this.curve = NO_CURVE;
    await this.compareWithReference();
  }

  /** Takes up a reference that came or went. */
  async compareWithReference(): Promise<void> {
    const { store, compute } = this.context;
    const { predicted, reference } = store.state;
    if (predicted === null) return;
    this.curve = NO_CURVE;
    this.show(predicted.mask, predicted.result.lesions);
    if (reference === null || predicted.maps.labels.length > 1) return;
    const { value } = predicted.maps.labels[0] as Label;
    try {
      const probabilities = { [String(value)]: predicted.maps.probabilities[0] as ScalarVolume };
      const masks = [predicted.mask, reference].map((mask) => reorientOnto(mask, predicted.grid)) as [Mask, Mask];
      const { details } = await compute.evaluate(...masks, { labels: [value], probabilities });
      const curve = details[String(value)]?.curve;
      if (curve === null || curve === undefined || store.state.reference !== reference) return;
      const { vertices, positives, averagePrecision } = curve;
      const stride = Math.ceil(vertices.length / CURVE_POINTS);
      const points = vertices
        .filter((_, n) => n % stride === 0 || n === vertices.length - 1)
        .map(
          ({ threshold, TP, FP }): PooledPoint => ({ threshold, precision: TP / (TP + FP), recall: TP / positives }),
        );
      this.curve = { curve: points, averagePrecision };
      const now = store.state.predicted;
      if (now !== null) this.show(now.mask, now.result.lesions);
    } catch (error) {
      report(store, error);
    }
  }

  /** Decides the mask anew; the corrections stay. */
  decide(change: Partial<Decision>): void {
    const { store } = this.context;
    const { predicted } = store.state;
    if (predicted === null) return;
    this.wanted = { ...predicted.decision, ...change };
    store.update({ predicted: { ...predicted, decision: this.wanted } });
    if (!this.isBusy) void this.work();
  }

  /** Takes up what the brush did. */
  correct({ before, after }: Stroke, paintedValue: number): void {
    const { predicted } = this.context.store.state;
    if (predicted === null) return;
    const painted = predicted.mask.data.slice();
    for (let voxel = 0; voxel < painted.length; voxel++) {
      if (before[voxel] !== after[voxel]) painted[voxel] = after[voxel] === 0 ? 0 : paintedValue;
    }
    if (this.corrections.record(predicted.mask.data, painted)) void this.finish();
    // The layer shows what was painted, though nothing changed of the mask.
    else this.show({ ...predicted.mask, data: painted }, predicted.result.lesions);
  }

  undo(which: 'last' | 'all'): void {
    if (which === 'last') this.corrections.undo();
    else this.corrections.clear();
    void this.finish();
  }

  private async work(): Promise<void> {
    const { store, compute } = this.context;
    this.isBusy = true;
    try {
      while (this.wanted !== null) {
        const { predicted, shown } = store.state;
        const decision = this.wanted;
        this.wanted = null;
        if (predicted === null || shown === null) return;
        const { mask, lesions } = await compute.decide(predicted.maps, settingsOf(decision, predicted));
        this.decided = reorientToRas(mask) as Mask;
        this.decidedLesions = lesions;
        await this.finish();
      }
    } catch (error) {
      report(store, error);
    } finally {
      this.isBusy = false;
    }
  }

  /** Shows the decided mask with the corrections, and its lesions. */
  private async finish(): Promise<void> {
    const { store, compute } = this.context;
    const { predicted } = store.state;
    if (predicted === null || this.decided === null) return;
    const mask = { ...this.decided, data: this.corrections.apply(this.decided.data) };
    if (this.corrections.isEmpty) {
      this.show(mask, this.decidedLesions);
      return;
    }
    this.show(mask, predicted.result.lesions);
    try {
      const lesions = await compute.measureLesions(reorientOnto(mask, predicted.grid), predicted.maps);
      const now = store.state.predicted;
      // Another stroke may have ended meanwhile, and brings its own.
      if (now !== null && now.mask === mask) this.show(mask, lesions);
    } catch (error) {
      report(store, error);
    }
  }

  private show(mask: Mask, lesions: readonly Lesion[]): void {
    const { store } = this.context;
    const { predicted, reference } = store.state;
    if (predicted === null) return;
    const result: Result = {
      lesions,
      volume: volumeOf(mask),
      comparison: reference === null ? null : comparisonOf(mask, reference, this.curve),
      added: this.corrections.added,
      erased: this.corrections.erased,
      canUndo: this.corrections.canUndo,
    };
    store.update({ predicted: { ...predicted, mask, result } });
  }
}

/** The lower threshold of a model with hysteresis goes down with the other one. */
function settingsOf(decision: Decision, { maps }: Predicted): Partial<DecisionSettings> {
  const { hysteresis } = maps.settings;
  return { ...decision, hysteresis: hysteresis === null ? null : Math.min(hysteresis, decision.threshold) };
}
