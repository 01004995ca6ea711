import type { Label } from '../dataset/subject.ts';
import type { TrainOptions } from '../train/train.ts';
import type { ValidationCase } from '../train/validation.ts';
import type { LabelVolume } from '../volume/volume.ts';
import { curveOf } from './score-run.ts';

/** Subjects in the picture of the validation: the first ones. */
const PICTURED = 4;

/**
 * Keeps a run's pictures up to date: progress.svg at each checkpoint, and validation.png after each validation. The libraries
 * that draw take a third of a second to load: only those who draw pay for it.
 */
export function runPictures(labels: readonly Label[]): Pick<TrainOptions, 'onCheckpoint' | 'onPrediction'> {
  let predictions: { readonly subject: ValidationCase; readonly mask: LabelVolume }[] = [];
  return {
    onPrediction(subject, mask) {
      if (predictions.length < PICTURED) predictions.push({ subject, mask });
    },
    async onCheckpoint(folder, log) {
      const { progressSvg } = await import('../report/training-chart.ts');
      await folder.write('progress.svg', progressSvg(curveOf(log, labels)));
      if (predictions.length === 0) return;
      const { validationPicture } = await import('../report/validation-picture.ts');
      const subjects = predictions.map(({ subject: { scan, reference }, mask }) => ({
        image: scan,
        reference,
        prediction: mask,
      }));
      predictions = [];
      await folder.write('validation.png', validationPicture(subjects));
    },
  };
}
