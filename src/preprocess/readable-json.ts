/** JSON for people: indented by two blanks, with lists of plain values on one line, and a line break at the end. */
export function readableJson(content: unknown): string {
  const indented = JSON.stringify(content, null, 2);
  // Strings hold no line break of their own in JSON, so those in a list all stand between its items.
  const text = indented.replace(
    /\[\n\s+([^[\]{}]*?)\n\s+\]/g,
    (_, items: string) => `[${items.replace(/\n\s+/g, ' ')}]`,
  );
  return `${text}\n`;
}
