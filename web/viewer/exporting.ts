import { encodeLesions } from '../../src/predict/lesions-table.ts';
import { outputNames } from '../../src/predict/output-names.ts';
import { reorientOnto } from '../../src/volume/orientation.ts';
import { type Context, report } from './context.ts';
import type { ExportKind } from './export-panel.ts';
import type { Predicted, State } from './store.ts';

/** Saves a part of the result as files, named as the command line names them. */
export async function saveResult({ store, compute }: Context, kind: ExportKind): Promise<void> {
  const { predicted } = store.state;
  if (predicted === null) return;
  const { subject, maps, grid, mask, result } = predicted;
  const names = outputNames(
    subject,
    maps.labels.map(({ name }) => name),
  );
  try {
    if (kind === 'mask') {
      save(names.mask, await compute.encode(reorientOnto(mask, grid), maps.header), 'application/gzip');
    } else if (kind === 'probabilities') {
      for (const [index, map] of maps.probabilities.entries()) {
        save(names.probabilities[index] as string, await compute.encode(map, maps.header), 'application/gzip');
      }
    } else if (kind === 'lesions') {
      save(names.lesions, encodeLesions(subject, result.lesions), 'text/csv');
    } else {
      save(`${subject}_report.html`, await reportOf(store.state, predicted, names.mask), 'text/html');
    }
  } catch (error) {
    report(store, error);
  }
}

async function reportOf(state: State, predicted: Predicted, mask: string): Promise<string> {
  // Drawing pictures takes an encoder for PNG, which nothing else here needs.
  const { renderResult } = await import('./result-report.ts');
  return renderResult(state, predicted, mask);
}

/** Hands a file to the reader's browser, under the last part of its path. */
function save(path: string, content: Uint8Array | string, type: string): void {
  const address = URL.createObjectURL(new Blob([content as Uint8Array<ArrayBuffer> | string], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = path.slice(path.lastIndexOf('/') + 1);
  link.click();
  // The browser has taken the content up by then; some begin only after the click is over.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
