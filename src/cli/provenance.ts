import { createRequire } from 'node:module';
import type { Provenance } from '../report/page.ts';
import { quoteForShell } from '../report/quote-for-shell.ts';
import { packageVersion } from './package-version.ts';

/** The command line of this process and what it runs with, for a report. */
export function provenanceOfProcess(): Provenance {
  return {
    command: ['rarevox', ...process.argv.slice(2)].map(quoteForShell).join(' '),
    date: new Date().toISOString(),
    versions: {
      rarevox: packageVersion(),
      'Node.js': process.version.slice(1),
      'ONNX Runtime': onnxRuntimeVersion(),
      System: `${process.platform} ${process.arch}`,
    },
  };
}

/**
 * The command line of this process for others to repeat: absolute paths, which are this machine's own, by their last name.
 * @param words the arguments after the program's name
 */
export function repeatableCommand(words: readonly string[]): string {
  const shortened = words.map((word) => word.replace(/^(--[\w-]+=)?(?:\/|[A-Za-z]:[\\/]).*?([^\\/]*)[\\/]*$/, '$1$2'));
  return ['rarevox', ...shortened].map(quoteForShell).join(' ');
}

function onnxRuntimeVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return version;
}
