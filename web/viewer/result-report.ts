import { drawCase } from '../../src/report/case-pictures.ts';
import { renderPrediction } from '../../src/report/prediction-report.ts';
import { reorientToRas } from '../../src/volume/orientation.ts';
import type { Predicted, State } from './store.ts';

/** The report of `rarevox predict --report`, of what is on the screen. */
export function renderResult({ shown }: State, predicted: Predicted, maskName: string): string {
  const { subject, maps, mask, decision, result, files, hasBrainMask, modelName, seconds } = predicted;
  const { voting, ...settings } = { ...maps.settings, ...decision };
  const corrected = result.added + result.erased;
  return renderPrediction({
    title: 'Prediction',
    cases: [
      {
        name: subject,
        mask: maskName,
        lesions: result.lesions.map(({ label, ...lesion }) => ({ ...lesion, label: label.value, name: label.name })),
        remark: `${files.map(({ modality }) => modality).join(', ')}; ${hasBrainMask ? 'with a brain mask' : 'without a brain mask'}`,
        pictures: drawCase({
          ...(shown !== null && { image: shown.volume }),
          prediction: mask,
          probabilities: maps.probabilities.map(reorientToRas),
        }),
      },
    ],
    settings: {
      Model: modelName,
      Scans: files.map(({ modality, name }) => `${modality}: ${name}`),
      ...settings,
      ...voting[0],
    },
    hasProbabilities: true,
    notes: corrected === 0 ? [] : [`Corrected by hand: ${result.added} voxels added, ${result.erased} erased.`],
    provenance: {
      command: commandOf(predicted),
      date: new Date().toISOString(),
      versions: {
        rarevox: __RAREVOX_VERSION__,
        'Computed on':
          maps.device === 'webgpu'
            ? 'WebGPU'
            : `WebAssembly, ${maps.threads} ${maps.threads === 1 ? 'thread' : 'threads'}`,
        'Time of the prediction': `${seconds.toFixed(1)} s`,
        Browser: navigator.userAgent,
      },
    },
  });
}

/** The command that predicts the same. */
function commandOf({ files, modelName, decision, maps }: Predicted): string {
  const voting = maps.settings.voting[0];
  const words = [
    ...['rarevox', 'predict', '--model', modelName, '--out', 'OUT'],
    ...files.flatMap(({ modality, name }) => ['--image', `${modality}=${name}`]),
    ...(maps.labels.length === 1 ? ['--threshold', String(decision.threshold)] : []),
    ...(decision.lesionThreshold > 0 ? ['--lesion-threshold', String(decision.lesionThreshold)] : []),
    ...(voting === undefined
      ? []
      : ['--overlap', String(voting.overlap), '--window', voting.window, '--views', String(voting.views)]),
  ];
  return words.map(quote).join(' ');
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
