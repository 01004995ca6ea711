import type { Label } from '../dataset/subject.ts';
import type { Engine } from '../engine/engine.ts';
import { formFor, lowerProgram } from '../engine/lower-program.ts';
import { inferenceProgram } from '../model/inference-program.ts';
import { encodeModel, type Model } from '../model/model-file.ts';
import { sha256 } from '../preprocess/digest.ts';
import type { PreprocessPlan } from '../preprocess/plan.ts';
import type { PredictionSettings, VotingSettings } from './options.ts';

/** One of the models that predict together. */
export interface Member {
  readonly model: Model;
  readonly voting: VotingSettings;
  /** SHA-256 of the model file. */
  readonly digest: string;
  /** Index of its preprocessing plan in the ensemble's `plans`. */
  readonly plan: number;
  /** The engine's name of it. */
  readonly name: string;
}

/**
 * One model or several that predict together, and the engine that runs them: one model's session at a time, kept until
 * another one is needed. An ensemble predicts one scan after the other, never two at once.
 */
export class Ensemble {
  readonly engine: Engine;
  readonly members: readonly Member[];
  readonly settings: PredictionSettings;
  /** The members' different preprocessing plans, in the order in which they first appear. */
  readonly plans: readonly PreprocessPlan[];
  private held: string | null = null;

  constructor(
    engine: Engine,
    members: readonly Member[],
    plans: readonly PreprocessPlan[],
    settings: PredictionSettings,
  ) {
    this.engine = engine;
    this.members = members;
    this.plans = plans;
    this.settings = settings;
  }

  /** The foreground classes, the same for all members. */
  get labels(): readonly Label[] {
    return this.first.model.description.labels;
  }

  /** The modalities that the members take, in the first one's order. */
  get modalities(): readonly string[] {
    return this.first.model.description.preprocess.modalities;
  }

  /** Whether a scan may lack modalities: where all members were trained so. */
  get missingModalities(): 'allowed' | 'refused' {
    const allAllow = this.members.every(({ model }) => model.description.missingModalities === 'allowed');
    return allAllow ? 'allowed' : 'refused';
  }

  /** Makes a member ready to run, in place of the one that was. */
  async hold({ model, voting, name }: Member): Promise<void> {
    if (this.held === name) return;
    await this.release();
    const program = inferenceProgram(model.description.network, voting.patch);
    const parameters = { kind: 'values', values: model.parameters } as const;
    const bytes = lowerProgram(program, { form: formFor(this.engine.device), parameters });
    await this.engine.load(name, bytes, { optimize: true });
    this.held = name;
  }

  /** Gives the memory of the session back; the ensemble can go on being used. */
  async release(): Promise<void> {
    const { held } = this;
    this.held = null;
    if (held !== null) await this.engine.unload(held);
  }

  private get first(): Member {
    return this.members[0] as Member;
  }
}

/**
 * Readies a model, or several that vote together, for predicting on an engine. Nothing is loaded before it is needed.
 *
 * @param settings of `resolvePrediction` for the same models
 */
export async function loadForPrediction(
  engine: Engine,
  models: Model | readonly Model[],
  settings: PredictionSettings,
): Promise<Ensemble> {
  const all = 'description' in models ? [models] : models;
  if (all.length !== settings.voting.length) {
    throw new RangeError(`loadForPrediction: ${all.length} models with settings for ${settings.voting.length}`);
  }
  const plans = new Map<string, PreprocessPlan>();
  const members: Member[] = [];
  for (const [index, model] of all.entries()) {
    const { preprocess } = model.description;
    const key = JSON.stringify(preprocess);
    if (!plans.has(key)) plans.set(key, preprocess);
    const voting = settings.voting[index] as VotingSettings;
    const digest = await sha256(encodeModel(model));
    // The same name only for the same weights on the same patch, also beside other ensembles on this engine.
    const name = `predict-${digest}-${voting.patch.join('x')}`;
    members.push({ model, voting, digest, plan: [...plans.keys()].indexOf(key), name });
  }
  return new Ensemble(engine, members, [...plans.values()], settings);
}
