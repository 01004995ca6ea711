import type { ModelDescription } from '../model/model-card.ts';
import { REPORTED_FIGURES, type ReportedFigures } from '../model/reported-figures.ts';
import type { TrainingData } from '../model/training-data.ts';

/** A model file as its card is shown. */
export interface ModelOnShow {
  /** By which `--model` finds it. */
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
  readonly description: ModelDescription;
}

/** Model cards as a page of Markdown, one section each. */
export function renderModelCards(models: readonly ModelOnShow[]): string {
  const intro =
    models.length === 0
      ? 'This version brings no models.'
      : 'The models that come with the package, as their files describe themselves. `rarevox predict --model NAME` uses one; ' +
        '`rarevox models NAME` prints its card, and `--json` all that the file says, the whole configuration of its training included. ' +
        'How `ms-lesion` compares with a plain U-Net and with a threshold on FLAIR, patient by patient, ' +
        'is told in [the experiments](experiments.md#the-shipped-model-in-cross-validation).';
  return `${['# Model cards', intro, ...models.map(renderModelCard)].join('\n\n')}\n`;
}

/** One model card as a section of Markdown. */
export function renderModelCard({ name, bytes, sha256, description }: ModelOnShow): string {
  const { card, labels, preprocess, missingModalities, prediction, patch } = description;
  const { data, reported, limits } = card;
  const { subjects, held_out: heldOut, command, step, checkpoint } = card.training;
  const facts: [string, string | undefined][] = [
    ['File', `\`${name}.onnx\`, ${(bytes / 1e6).toFixed(2)} MB, SHA-256 \`${sha256}\``],
    ['Task', card.task],
    [
      'Sequences',
      preprocess.modalities.join(', ') + (missingModalities === 'allowed' ? '; all but one may be missing' : ''),
    ],
    ['Labels', labels.map((label) => `${label.value} ${label.name}`).join(', ')],
    [
      'Works at',
      preprocess.spacing === null
        ? "each scan's own voxel size"
        : `${inMillimeters(preprocess.spacing)}, to which it resamples`,
    ],
    ['Intended use', card.intended_use],
    ['Must not be used for', card.must_not_be_used_for],
    ['Trained on', data === undefined ? namesIn(subjects) : patientsIn(data, namesIn(subjects))],
    ['Held out', namesIn(heldOut)],
    [
      'Sequences in training',
      data?.sequences.map(({ sequences, scans }) => `${sequences.join(', ')}: ${scans}`).join('; '),
    ],
    [
      'Voxel sizes in training',
      data && `${inMillimeters(data.spacing.least)} to ${inMillimeters(data.spacing.greatest)}`,
    ],
    ['Digest of the training data', data && `\`${data.digest}\``],
    ['Made by', typeof command === 'string' ? `\`${command}\`` : undefined],
    ['Weights', step === undefined ? undefined : `${String(checkpoint)}, after ${String(step)} steps`],
    ['rarevox', card.rarevox_version],
    ['Authors', card.authors],
    [
      'Predicts by default with',
      `patches of ${patch.join(' x ')} voxels, overlap ${prediction.overlap}, ${prediction.window} window, ${prediction.views} views` +
        (labels.length === 1 ? `, threshold ${prediction.threshold}` : ''),
    ],
  ];
  const rows = facts.flatMap(([fact, value]) => (value === undefined || value === '' ? [] : [row([fact, value])]));
  const sections = [
    `## ${name}`,
    ...(card.description === undefined ? [] : [card.description]),
    [row(['', '']), row(['---', '---']), ...rows].join('\n'),
    ...(reported === undefined ? [] : [renderReported(reported, labels.length > 1)]),
    ...(limits === undefined ? [] : [`**Limits**\n\n${bulleted(limits)}`]),
    ...(data === undefined ? [] : [`**Sources of the data**\n\n${bulleted(data.sources.map(sourceInWords))}`]),
    ...(card.references.length === 0 ? [] : [`**Method**\n\n${bulleted(card.references)}`]),
  ];
  return sections.join('\n\n');
}

/** The figures as a table: one row a set of cases and label, mean with its interval in brackets. */
function renderReported({ method, selection, results }: ReportedFigures, several: boolean): string {
  const all = results.flatMap(({ figures }) => Object.values(figures));
  const shown = REPORTED_FIGURES.filter((name) => all.some((figures) => figures[name] !== undefined));
  const hasIntervals = all.some((figures) => shown.some((name) => (figures[name]?.interval ?? null) !== null));
  const isCompared = results.some(({ baseline }) => baseline !== undefined);
  const head = [...(isCompared ? ['method'] : []), 'sequences', ...(several ? ['label'] : []), 'cases', ...shown];
  const rows = results.flatMap(({ baseline, sequences, note, cases, figures }) =>
    Object.entries(figures).map(([label, of]) =>
      row([
        ...(isCompared ? [baseline ?? '**this model**'] : []),
        sequences.join(', ') + (note === undefined ? '' : ` (${note})`),
        ...(several ? [label] : []),
        String(cases),
        ...shown.map((name) => figureInWords(of[name])),
      ]),
    ),
  );
  const interval = hasIntervals ? ' In brackets: 95 % bootstrap interval of the mean over patients.' : '';
  return [
    `**Figures**: ${method} Chosen on the cases reported: ${selection}${interval}`,
    [row(head), row(head.map(() => '---')), ...rows].join('\n'),
  ].join('\n\n');
}

type ReportedFigure = ReportedFigures['results'][number]['figures'][string][(typeof REPORTED_FIGURES)[number]];

function figureInWords(figure: ReportedFigure): string {
  if (figure === undefined) return '–';
  const { mean, interval } = figure;
  return mean.toFixed(3) + (interval === null ? '' : ` [${interval[0].toFixed(3)}, ${interval[1].toFixed(3)}]`);
}

function patientsIn({ patients, scans, sites }: TrainingData, names: string): string {
  const scansInWords = scans === patients ? '' : ` (${scans} scans)`;
  const bySite = sites.map((site) => `${site.name} ${site.patients}`).join(', ');
  return `${patients} patients${scansInWords}${bySite === '' ? '' : ` by site: ${bySite}`}. ${names}`;
}

/** More subjects than this are counted, not named. */
const MOST_NAMED = 20;

function namesIn(subjects: unknown): string {
  if (!Array.isArray(subjects)) return 'unknown';
  if (subjects.length === 0) return 'none';
  return subjects.length > MOST_NAMED ? `${subjects.length} subjects` : subjects.join(', ');
}

function sourceInWords({ name, license, citation }: TrainingData['sources'][number]): string {
  return `${name} (${license}): ${citation}`;
}

function inMillimeters(spacing: readonly number[]): string {
  return `${spacing.map((length) => Number(length.toFixed(2))).join(' x ')} mm`;
}

function bulleted(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
