import { earlierUseOf } from '../calibrate/independence.ts';
import type { Dataset, Subject } from '../dataset/subject.ts';
import type { Engine } from '../engine/engine.ts';
import { DataError } from '../errors.ts';
import { decodeModel, type Model } from '../model/model-file.ts';
import { nodeFileAccess } from '../node/file-access.ts';
import { SHIPPED_MODELS, shippedModelFile } from '../node/shipped-models.ts';
import type { ProgressDisplay } from './progress.ts';
import type { Scores } from './score.ts';
import { scoreModel } from './score-run.ts';

/** The scan of the samples that the demo segments, and the shipped model that it does so with: one that never saw the patient. */
export const DEMO = { subject: 'sub-tabriz09', model: 'ms-lesion-fold-3' } as const;

export interface DemoSetting {
  readonly engine: Engine;
  /** Folder for everything. */
  readonly out: string;
  readonly signal: AbortSignal;
  readonly display: ProgressDisplay;
}

/**
 * Opens the demo's model.
 *
 * @param models the folder of the shipped models
 * @throws DataError where it is missing, or its card does not say that the demo's patient was held out when it was trained
 */
export async function openDemoModel(models = SHIPPED_MODELS): Promise<Model> {
  const file = await shippedModelFile(DEMO.model, models).catch((error: Error) => {
    throw new DataError(`${error.message} \`rarevox demo --train\` trains one.`, { cause: error });
  });
  const model = decodeModel(await nodeFileAccess.readBytes(file), file);
  const { unknown, trained, heldOut } = earlierUseOf([DEMO.subject], model.description);
  if (unknown !== null || trained.length > 0 || heldOut.length === 0) {
    const reason = unknown ?? `${DEMO.subject} was ${trained.length > 0 ? 'trained on' : 'not held out'}`;
    throw new DataError(
      `The demo shows how a model does on a patient that it never saw, and the card of ${DEMO.model} does not say so: ${reason}. \`rarevox demo --train\` trains one on the other patients.`,
    );
  }
  return model;
}

/** Segments the demo's scan with its model, and scores the mask. */
export function predictDemo(model: Model, dataset: Dataset, setting: DemoSetting): Promise<Scores> {
  const { engine, out, signal, display } = setting;
  const subjects = dataset.subjects.filter(({ id }) => id === DEMO.subject) as [Subject];
  const sequences = Object.keys(subjects[0].images).join(' and ');
  const { data, must_not_be_used_for: notFor } = model.description.card;
  const patients = data === undefined ? 'other patients' : `${data.patients} other patients`;
  display.note(
    `Segmenting ${DEMO.subject} from ${sequences} with the model ${DEMO.model}, which never saw that patient.`,
  );
  const notes = [
    `Segmented from ${sequences} with the model ${DEMO.model} that comes with rarevox. It was trained on ${patients}; ${DEMO.subject} was held out.`,
    ...(notFor === undefined ? [] : [`The model must not be used for: ${notFor}`]),
  ];
  return scoreModel(
    { model, subjects, labels: dataset.labels },
    { files: nodeFileAccess, engine, predictions: `${out}/predictions`, out, title: 'Demo', notes, signal },
    display,
  );
}
