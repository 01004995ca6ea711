import type { FileAccess } from '../volume/file-access.ts';

/**
 * The `site` column of a BIDS participants.tsv by participant, `sub-` included. Empty where there is no such file or column;
 * `n/a`, BIDS's word for a missing value, is left out.
 */
export async function readParticipantSites(files: FileAccess, path: string): Promise<ReadonlyMap<string, string>> {
  const sites = new Map<string, string>();
  if (!(await files.exists(path))) return sites;
  // Spreadsheet programs put a byte order mark in front.
  const text = (await files.readText(path)).replace(/^\uFEFF/, '');
  const [header, ...rows] = text.split(/\r?\n/).map((line) => line.split('\t').map((cell) => cell.trim()));
  const idColumn = header.indexOf('participant_id');
  const siteColumn = header.indexOf('site');
  if (idColumn < 0 || siteColumn < 0) return sites;
  for (const row of rows) {
    const id = row[idColumn];
    const site = row[siteColumn];
    if (!id || !site || site === 'n/a') continue;
    sites.set(id.startsWith('sub-') ? id : `sub-${id}`, site);
  }
  return sites;
}
