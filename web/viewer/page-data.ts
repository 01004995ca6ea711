import { z } from 'zod';
import { type Context, report } from './context.ts';
import { fetchFile, openFiles } from './opening.ts';
import type { Store } from './store.ts';

const shippedSchema = z.object({
  version: z.literal(1),
  models: z.array(z.object({ name: z.string(), file: z.string(), title: z.string(), forSample: z.boolean() })),
});

const givenSchema = z.object({
  version: z.literal(1),
  files: z.array(z.object({ path: z.string(), url: z.string() })),
});

/** What `rarevox view` puts behind the address. */
const TOKEN = /^#data=([A-Za-z0-9_-]{22})$/;

/** Reads which models come with the page; none where they can't be had. */
export async function readShippedModels(store: Store): Promise<void> {
  try {
    const response = await fetch('models/index.json');
    if (!response.ok) return;
    const { models } = shippedSchema.parse(await response.json());
    store.update({ shipped: models.map(({ file, ...model }) => ({ ...model, url: `models/${file}` })) });
  } catch (error) {
    report(store, error);
  }
}

/** Opens the scans that `rarevox view` was given, if any. */
export async function openGiven(context: Context): Promise<void> {
  const token = TOKEN.exec(window.location.hash)?.[1];
  if (token === undefined) return;
  const { store } = context;
  store.update({ opening: true });
  try {
    const address = new URL(`data/${token}/files.json`, document.baseURI);
    const response = await fetch(address);
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    const { files } = givenSchema.parse(await response.json());
    const given = await Promise.all(
      files.map(async ({ path, url }) => ({ path, file: await fetchFile(new URL(url, address).href, path) })),
    );
    await openFiles(context, given);
  } catch {
    store.notify('error', 'The scans that `rarevox view` was given are no longer there: start it again.');
    store.update({ opening: false });
  }
}
