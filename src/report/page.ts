import { escapeMarkup } from './markup.ts';
import { STYLESHEET } from './stylesheet.ts';

/** How a report came about. */
export interface Provenance {
  /** The command line, as it can be given again. */
  readonly command: string;
  /** ISO 8601. */
  readonly date: string;
  /** By what it is, such as `rarevox` or `Node.js`. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * An HTML page that stands by itself: one inline stylesheet and no script, nothing asked for from anywhere (a content security policy says
 * so), for light and dark screens and for paper.
 *
 * @param sections markup; empty ones are passed over
 */
export function renderPage(title: string, sections: readonly string[]): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<title>${escapeMarkup(title)}</title>
<style>${STYLESHEET}</style>
</head>
<body>
<header><h1>${escapeMarkup(title)}</h1></header>
<main>
${sections.filter((text) => text !== '').join('\n')}
</main>
<footer><p>Made by rarevox. Not for diagnosis.</p></footer>
</body>
</html>
`;
}

/** A part of a page under a heading; nothing where the body is empty. Both are markup. */
export function section(id: string, heading: string, body: string): string {
  if (body === '') return '';
  return `<section aria-labelledby="${id}-heading"><h2 id="${id}-heading">${heading}</h2>\n${body}</section>`;
}

/** Sentences of plain text as a list. */
export function notesSection(notes: readonly string[]): string {
  if (notes.length === 0) return '';
  return section(
    'notes',
    'Notes',
    `<ul class="notes">${notes.map((note) => `<li>${escapeMarkup(note)}</li>`).join('')}</ul>`,
  );
}

/** The exact command, and what it ran with. */
export function provenanceSection(provenance: Provenance | undefined): string {
  if (provenance === undefined) return '';
  const { command, date, versions } = provenance;
  const rows = [['Date', date] as const, ...Object.entries(versions)].map(
    ([name, value]) =>
      `<tr><th scope="row">${escapeMarkup(name)}</th><td class="text">${escapeMarkup(value)}</td></tr>`,
  );
  return section(
    'provenance',
    'How this was made',
    `<pre class="command card"><code>${escapeMarkup(command)}</code></pre>` +
      `<div class="card facts"><table><tbody>${rows.join('')}</tbody></table></div>`,
  );
}

/** Charts, or anything else, side by side where there is room. */
export function grid(items: readonly string[]): string {
  return items.length === 0 ? '' : `<div class="charts">${items.join('')}</div>`;
}
