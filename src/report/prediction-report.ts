import type { LesionRow } from '../predict/lesions-table.ts';
import { renderCase, renderLegend } from './case-articles.ts';
import type { Picture } from './case-pictures.ts';
import { escapeMarkup } from './markup.ts';
import { notesSection, type Provenance, provenanceSection, renderPage, section } from './page.ts';
import { factsTable } from './run-configuration.ts';

/** What a prediction made of one subject. */
export interface PredictedCase {
  readonly name: string;
  /** Path of the mask. */
  readonly mask: string;
  readonly lesions: readonly LesionRow[];
  /** Such as which sequences there were. Plain text. */
  readonly remark: string;
  /** Empty where there are none to show. */
  readonly pictures: readonly Picture[];
}

export interface PredictionReport {
  readonly title: string;
  readonly cases: readonly PredictedCase[];
  /** How the masks came about, by name. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly hasProbabilities: boolean;
  readonly notes: readonly string[];
  readonly provenance: Provenance;
}

/** More lesions of a case than this are not listed; lesions.csv has all. */
const MOST_LISTED = 40;

/** The report of a prediction: its cases, pictures with the outline, every case's lesions, the settings and how it was made. */
export function renderPrediction(report: PredictionReport): string {
  const { title, cases, settings, notes, hasProbabilities, provenance } = report;
  const articles = cases.map((item, index) =>
    renderCase(
      item.name,
      [escapeMarkup(countOf(item.lesions)), escapeMarkup(item.remark)].filter((text) => text !== ''),
      item.pictures,
      `case-${index + 1}`,
      lesionList(item),
    ),
  );
  const isPictured = cases.some(({ pictures }) => pictures.length > 0);
  return renderPage(title, [
    section('cases', cases.length === 1 ? 'Result' : `${cases.length} cases`, casesTable(cases)),
    section(
      'pictures',
      'Pictures and lesions',
      (isPictured ? renderLegend({ reference: false, probability: hasProbabilities }) : '') + articles.join(''),
    ),
    section('settings', 'Settings', factsTable(settings)),
    notesSection(notes),
    provenanceSection(provenance),
  ]);
}

function casesTable(cases: readonly PredictedCase[]): string {
  const rows = cases.map(({ name, lesions, mask }, index) => {
    const volumes = lesions.map(({ volume }) => volume);
    const total = volumes.reduce((sum, volume) => sum + volume, 0);
    const largest = volumes.reduce((max, volume) => Math.max(max, volume), 0);
    return (
      `<tr><th scope="row"><a href="#case-${index + 1}">${escapeMarkup(name)}</a></th><td>${lesions.length}</td>` +
      `<td>${(total / 1000).toFixed(2)}</td><td>${(largest / 1000).toFixed(2)}</td><td class="text">${escapeMarkup(mask)}</td></tr>`
    );
  });
  return (
    '<div class="scroll card" role="region" aria-label="Cases" tabindex="0"><table><thead><tr><th scope="col">Case</th>' +
    '<th scope="col">Lesions</th><th scope="col">Volume, ml</th><th scope="col">Largest, ml</th><th scope="col" class="text">Mask</th></tr></thead>' +
    `<tbody>${rows.join('')}</tbody></table></div>`
  );
}

/** A case's lesions, largest first. */
function lesionList({ lesions, name }: PredictedCase): string {
  if (lesions.length === 0) return '<p class="quiet below">No lesion was found.</p>';
  const listed = [...lesions].sort((a, b) => b.volume - a.volume).slice(0, MOST_LISTED);
  const several = new Set(lesions.map(({ label }) => label)).size > 1;
  const hasSpread = lesions.some(({ meanVoteSpread }) => meanVoteSpread !== null);
  const heads = [
    ...['Lesion', 'Volume, mm³', 'x, mm', 'y, mm', 'z, mm', 'Mean probability', 'Highest'],
    ...(hasSpread ? ['Vote spread'] : []),
  ];
  const rows = listed.map((lesion) => {
    const { number, volume, centroid, meanProbability, maxProbability, meanVoteSpread: spread } = lesion;
    const cells = [
      ...[volume.toFixed(1), ...centroid.map((at) => at.toFixed(1))],
      ...[meanProbability.toFixed(3), maxProbability.toFixed(3)],
      ...(hasSpread ? [spread === null ? '–' : spread.toFixed(3)] : []),
    ];
    return (
      `<tr><th scope="row">${several ? `${escapeMarkup(lesion.name)} ` : ''}${number}</th>` +
      `${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
    );
  });
  const rest = lesions.length - listed.length;
  return (
    `<div class="scroll lesions" role="region" aria-label="Lesions of ${escapeMarkup(name)}" tabindex="0"><table><thead><tr>` +
    `${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>` +
    '<p class="quiet below">Largest first; numbers are those of lesions.csv, places are centers in world coordinates (RAS+).' +
    `${rest === 0 ? '' : ` ${rest} smaller ${rest === 1 ? 'one is' : 'ones are'} in lesions.csv.`}</p>`
  );
}

function countOf(lesions: readonly LesionRow[]): string {
  const volume = lesions.reduce((sum, of) => sum + of.volume, 0) / 1000;
  return `${lesions.length} ${lesions.length === 1 ? 'lesion' : 'lesions'}, ${volume.toFixed(2)} ml`;
}
