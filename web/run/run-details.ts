import { html, nothing, type TemplateResult } from 'lit';
import { unsafeHTML } from 'lit/directives/unsafe-html.js';
import { renderConfiguration } from '../../src/report/run-configuration.ts';
import type { RunSnapshot } from '../../src/report/run-snapshot.ts';

/** Pictures of the last validations, and the reports that there are. */
export function picturesAndReports(runs: readonly RunSnapshot[], base: URL): TemplateResult | typeof nothing {
  const shown = runs.filter(({ files }) => Object.values(files).some((address) => address !== null));
  if (shown.length === 0) return nothing;
  return html`<section aria-labelledby="pictures-heading">
    <h2 id="pictures-heading">Pictures and reports</h2>
    <div class="validation-pictures">${shown.map((run) => pictureAndReports(run, base))}</div>
  </section>`;
}

function pictureAndReports({ name, files, validations }: RunSnapshot, base: URL): TemplateResult {
  const { picture, report, scores } = files;
  const step = validations.at(-1)?.step;
  const subjects = Object.keys(validations.at(-1)?.subjects ?? {}).slice(0, PICTURED);
  const whose = subjects.length === 0 ? 'held-out subjects' : subjects.join(', ');
  const link = (address: string | null, text: string): TemplateResult | typeof nothing =>
    address === null
      ? nothing
      : html`<a href="${new URL(address, base).href}" target="_blank" rel="noopener">${text}</a>`;
  return html`<figure class="card">
    ${
      picture === null
        ? nothing
        : html`<a class="picture" href="${new URL(picture, base).href}" target="_blank" rel="noopener"><img
            src="${new URL(picture, base).href}" alt="Axial slices of ${whose} with outlines of reference and prediction" /></a>`
    }
    <figcaption>
      <strong>${name}</strong>
      ${picture === null || step === undefined ? nothing : html`<span>After step ${step}: ${whose}. Reference blue, prediction dashed orange.</span>`}
      ${link(report, 'Report of the training')} ${link(scores, 'Scores of the held-out subjects')}
    </figcaption>
  </figure>`;
}

/** Subjects in a picture at most (cli/run-pictures.ts). */
const PICTURED = 4;

/** What the run was asked for, and what it came to with its data. */
export function configuration({ description }: RunSnapshot): TemplateResult | typeof nothing {
  if (description === null) return nothing;
  return html`<section aria-labelledby="configuration-heading">
    <h2 id="configuration-heading">Configuration</h2>
    ${unsafeHTML(renderConfiguration(description))}
  </section>`;
}
