import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import manifest from '../package.json' with { type: 'json' };
import { pictureFiles } from './picture-files.ts';
import { staticFiles } from './static-files.ts';

const web = dirname(fileURLToPath(import.meta.url));

/** Builds the pages into dist/web: static files with relative addresses, for any folder of any static host. */
export default defineConfig({
  root: web,
  base: './',
  // The example reads as it would in a project of its own.
  resolve: { alias: { 'rarevox/browser': join(web, '..', 'src', 'browser', 'index.ts') } },
  define: { __RAREVOX_VERSION__: JSON.stringify(manifest.version) },
  plugins: [pictureFiles(), staticFiles()],
  build: {
    outDir: join(web, '..', 'dist', 'web'),
    emptyOutDir: true,
    target: 'es2022',
    // The pages' Content-Security-Policy allows neither data: addresses nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      input: ['index', 'run', 'example'].map((page) => join(web, `${page}.html`)),
    },
  },
  worker: { format: 'es' },
});
