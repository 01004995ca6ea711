import { DataError, messageOf } from '../errors.ts';

/** Where a model comes from: its address, its file, or its bytes. */
export type ModelSource = URL | string | Blob | Uint8Array;

/** @throws DataError where it can't be had */
export async function readModel(source: ModelSource): Promise<{ name: string; bytes: Uint8Array }> {
  if (source instanceof Uint8Array) return { name: 'the model', bytes: source };
  if (source instanceof Blob) {
    const name = source instanceof File ? source.name : 'the model';
    try {
      return { name, bytes: new Uint8Array(await source.arrayBuffer()) };
    } catch (cause) {
      throw new DataError(`${name}: the browser can't read it (${messageOf(cause)}); choose it again.`, { cause });
    }
  }
  const address = new URL(source, document.baseURI);
  const name = address.pathname.slice(address.pathname.lastIndexOf('/') + 1);
  let response: Response;
  try {
    response = await fetch(address);
  } catch (cause) {
    throw new DataError(`${address.href}: it can't be loaded (${messageOf(cause)}); check the connection.`, { cause });
  }
  if (!response.ok) {
    throw new DataError(
      `${address.href}: it can't be loaded (the server answers ${response.status}); check the address.`,
    );
  }
  return { name, bytes: new Uint8Array(await response.arrayBuffer()) };
}
