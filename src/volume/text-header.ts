import { DataError } from '../errors.ts';

/** Longest header that is looked for: those of real files have a few kB, with long lists of gradients some hundred. */
const LONGEST = 4 * 1024 * 1024;

/**
 * Lines of text at the beginning of a file, up to the one that ends the header.
 *
 * @param isLast tells the line that ends the header; it belongs to it
 * @returns the lines without their ends, and where the bytes behind them begin
 * @throws DataError where no line ends the header and the file must not end with it
 */
export function readHeaderLines(
  file: Uint8Array,
  isLast: (line: string) => boolean,
  options: { path: string; mayEndWithFile: boolean },
): { lines: string[]; end: number } {
  const decoder = new TextDecoder('utf-8');
  const lines: string[] = [];
  let start = 0;
  const limit = Math.min(file.length, LONGEST);
  while (start < limit) {
    const found = file.subarray(start, limit).indexOf(10);
    const end = found === -1 ? limit : start + found;
    const line = decoder.decode(file.subarray(start, end)).replace(/\r$/, '');
    lines.push(line);
    start = Math.min(end + 1, limit);
    if (isLast(line)) return { lines, end: start };
    if (found === -1) break;
  }
  if (options.mayEndWithFile && file.length <= LONGEST) return { lines, end: file.length };
  throw new DataError(`${options.path}: its header has no end: it is truncated or damaged; copy or download it again.`);
}

/** Numbers with blanks (or what else parts them) between them; NaN for what is none. */
export function numbersOf(text: string): number[] {
  return text
    .split(/[\s,()]+/)
    .filter((part) => part !== '')
    .map(Number);
}

/**
 * An image's extents, as a field of its header gives them.
 *
 * @param field the field's name, for messages
 * @param dimension how many there must be
 * @throws DataError when they are not that many whole numbers of at least 1, or rarevox reads no image of so many axes
 */
export function extentsOf(text: string, field: string, dimension: number, path: string): number[] {
  const extents = numbersOf(text);
  if (extents.length !== dimension || !areExtents(extents)) {
    throw new DataError(
      `${path}: its header gives the impossible ${field} "${text}" for ${dimension} dimensions; convert or copy it again.`,
    );
  }
  if (extents.length < 2 || extents.length > 4) {
    throw new DataError(`${path}: it has ${extents.length} axes; rarevox reads images with 2 to 4.`);
  }
  return extents;
}

/** Whole numbers of at least 1 whose product a double counts exactly. */
function areExtents(extents: readonly number[]): boolean {
  return (
    extents.every((extent) => Number.isInteger(extent) && extent >= 1) &&
    extents.reduce((product, extent) => product * extent, 1) <= Number.MAX_SAFE_INTEGER / 8
  );
}

/** A file named in a header, seen from the header's folder. */
export function besideHeader(headerPath: string, name: string): string {
  if (/^(\/|[A-Za-z]:)/.test(name)) return name;
  return headerPath.slice(0, headerPath.lastIndexOf('/') + 1) + name.replaceAll('\\', '/');
}
