/** Attributes by tag, such as '00280010': numbers are US, texts what their tag has, bytes OW, lists of attributes SQ. */
export type Attributes = Readonly<Record<string, number | string | Uint8Array | readonly Attributes[]>>;

/** VRs of the texts that tests write; LO serves all others. */
const TEXT_VR: Readonly<Record<string, string>> = {
  '00020010': 'UI',
  '00080008': 'CS',
  '00080060': 'CS',
  '0020000E': 'UI',
  '00200013': 'IS',
  '00200032': 'DS',
  '00200037': 'DS',
  '00280004': 'CS',
  '00280008': 'IS',
  '00280030': 'DS',
  '00281052': 'DS',
  '00281053': 'DS',
  '00180050': 'DS',
  '00180088': 'DS',
};

/** Writes a DICOM file, explicit little-endian whatever `00020010` claims, attributes in the order of their tags. */
export function dicomFile(attributes: Attributes): Uint8Array {
  const all: Attributes = { '00020010': '1.2.840.10008.1.2.1', ...attributes };
  return concatenate([new Uint8Array(128), text('DICM'), encodeAttributes(all)]);
}

/** One slice of 2x3 pixels, of 2 and 1 mm, that test series are made of. */
export function sliceFile(changes: Attributes = {}): Uint8Array {
  return dicomFile({
    '00080008': 'ORIGINAL\\PRIMARY',
    '00080060': 'MR',
    '0020000E': '1.2.3',
    '00200013': '1',
    '00200032': '0\\0\\0',
    '00200037': '1\\0\\0\\0\\1\\0',
    '00280002': 1,
    '00280004': 'MONOCHROME2',
    '00280010': 3,
    '00280011': 2,
    '00280030': '1\\2',
    '00280100': 16,
    '00280101': 16,
    '00280102': 15,
    '00280103': 0,
    '7FE00010': words(1, 2, 3, 4, 5, 6),
    ...changes,
  });
}

export function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}

/** Compressed pixel data: an empty offset table, the fragments, the end. */
export function encapsulated(...fragments: Uint8Array[]): Uint8Array {
  const item = (content: Uint8Array): Uint8Array[] => [
    new Uint8Array([0xfe, 0xff, 0x00, 0xe0]),
    length32(content),
    content,
  ];
  const end = new Uint8Array([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
  return concatenate([...item(new Uint8Array(0)), ...fragments.flatMap(item), end]);
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    joined.set(part, position);
    position += part.length;
  }
  return joined;
}

function encodeAttributes(attributes: Attributes): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const tag of Object.keys(attributes).sort()) {
    const value = attributes[tag];
    const start = words(Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16));
    if (typeof value === 'number') parts.push(start, text('US'), words(2, value));
    else if (typeof value === 'string') {
      const content = text(value.length % 2 === 0 ? value : `${value} `);
      parts.push(start, text(TEXT_VR[tag] ?? 'LO'), words(content.length), content);
    } else if (value instanceof Uint8Array) {
      const isEncapsulated = tag === '7FE00010' && value[0] === 0xfe && value[1] === 0xff;
      const length = isEncapsulated ? new Uint8Array([255, 255, 255, 255]) : length32(value);
      parts.push(start, text('OW'), words(0), length, value);
    } else {
      const items = concatenate(
        value.flatMap((item) => {
          const content = encodeAttributes(item);
          return [new Uint8Array([0xfe, 0xff, 0x00, 0xe0]), length32(content), content];
        }),
      );
      parts.push(start, text('SQ'), words(0), length32(items), items);
    }
  }
  return concatenate(parts);
}

function length32(content: Uint8Array): Uint8Array {
  return new Uint8Array(Uint32Array.of(content.length).buffer);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
