import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { DataError, UsageError } from '../errors.ts';
import { openBrowser } from '../node/open-browser.ts';
import { holdsRuns } from '../node/run-watch.ts';
import { shareRuns } from '../node/share-runs.ts';
import { shareFiles } from '../node/shared-files.ts';
import { staticFiles } from '../node/static-files.ts';
import { type FindResource, startWebServer } from '../node/web-server.ts';
import { withInterrupt } from './interrupt.ts';
import { parseInteger } from './option-values.ts';

interface ViewFlags {
  readonly port?: number;
  readonly open: boolean;
}

/** `rarevox view`: the web app on a local port, with scans or a training run in it. */
export function viewCommand(): Command {
  return new Command('view')
    .description('Open the viewer in the browser, with scans in it, or watch a training run.')
    .argument('[path...]', 'scans, masks and models (files, or DICOM folders), or the folder of one run or its folds')
    .option('--port <n>', 'the port to serve on (default: a free one)', parseInteger(1, 65535))
    .option('--no-open', 'print the address only')
    .addHelpText(
      'after',
      `
Nothing leaves this machine: the pages are served to it alone, and compute in the browser. Ctrl-C ends it.

Examples:
  $ rarevox view
  $ rarevox view flair.nii.gz t1.nii.gz lesion_mask.nii.gz
  $ rarevox view RUN                                    loss, Dice and pictures of a training, as it goes on`,
    )
    .action((paths: string[], flags: ViewFlags) => withInterrupt((signal) => view(paths, flags, signal)));
}

/** The built web app: `dist/web`, seen from the sources as from the compiled file. */
const WEB_APP = fileURLToPath(new URL('../../dist/web', import.meta.url));

async function view(paths: readonly string[], { port, open }: ViewFlags, signal: AbortSignal): Promise<void> {
  if (!existsSync(`${WEB_APP}/index.html`)) {
    throw new DataError(`${WEB_APP} has no web app: build it with \`npm run build\`.`);
  }
  // Others who use this machine could ask the server too: they would have to guess this.
  const token = randomBytes(16).toString('base64url');
  const { page, data } = await choosePage(paths);
  const pages = await staticFiles(WEB_APP);
  const prefix = `/data/${token}`;
  const find: FindResource = async (path) =>
    path.startsWith(`${prefix}/`) ? ((await data?.(path.slice(prefix.length))) ?? null) : pages(path);
  const server = await startWebServer(find, port);
  const address = `${server.url}${page}${data === null ? '' : `#data=${token}`}`;
  process.stdout.write(`${address}\n`);
  const isOpening = open && openBrowser(address);
  process.stderr.write(
    `${isOpening ? 'Opening it in the browser.' : 'Open this address in a browser.'} Ctrl-C ends it.\n`,
  );
  await aborted(signal);
  await server.close();
}

/** The page to open, and what it is given to show. */
async function choosePage(paths: readonly string[]): Promise<{ page: string; data: FindResource | null }> {
  if (paths.length === 0) return { page: '', data: null };
  for (const path of paths) {
    if (!(await holdsRuns(path))) continue;
    if (paths.length > 1) throw new UsageError(`${path} is a training run: give it by itself, or scans only.`);
    return { page: 'run.html', data: shareRuns(path, Date.now) };
  }
  return { page: '', data: await shareFiles(paths) };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
