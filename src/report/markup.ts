/** Text as it may stand in HTML and SVG, in content and in quoted attributes. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A number for a coordinate or a length: at most three decimals, no trailing zeros. */
export function shortNumber(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

/** Bytes as a data URI. */
export function dataUri(type: string, bytes: Uint8Array): string {
  // String.fromCharCode takes its arguments from the stack, so a whole picture at once could overflow it.
  let text = '';
  for (let start = 0; start < bytes.length; start += 4096) {
    text += String.fromCharCode(...bytes.subarray(start, start + 4096));
  }
  return `data:${type};base64,${btoa(text)}`;
}
