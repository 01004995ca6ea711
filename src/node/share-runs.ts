import { createHash } from 'node:crypto';
import { mediaTypeOf } from './media-types.ts';
import { RUN_FILES, RunsWatch } from './run-watch.ts';
import type { FindResource } from './web-server.ts';

/** A report is one file with a stylesheet inside and no script: that, and nothing else, it may use. */
const REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

/**
 * Runs for a page to watch: `runs.json`, a RunsSnapshot of this moment, and of each run, by its place in there, its pictures and reports.
 * @param now milliseconds since 1970
 */
export function shareRuns(folder: string, now: () => number): FindResource {
  const watch = new RunsWatch(folder);
  const names: readonly string[] = Object.values(RUN_FILES);
  // One after the other: two requests must not read the same piece of a log.
  let last: Promise<unknown> = Promise.resolve();
  const snapshot = (): Promise<string> => {
    const next = last.catch(() => undefined).then(async () => JSON.stringify(await watch.snapshot(now())));
    last = next;
    return next;
  };
  return async (path) => {
    if (path === '/runs.json') {
      const text = await snapshot();
      return { type: mediaTypeOf(path), body: { text }, tag: createHash('sha256').update(text).digest('base64url') };
    }
    const [, place, name] = /^\/(\d+)\/(.+)$/.exec(path) ?? [];
    const run = place === undefined ? undefined : (await watch.folders())[Number(place)];
    if (run === undefined || name === undefined || !names.includes(name)) return null;
    const resource = { type: mediaTypeOf(name), body: { file: `${run}/${name}` } };
    return name.endsWith('.html') ? { ...resource, policy: REPORT_POLICY } : resource;
  };
}
