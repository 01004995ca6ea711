import { basename } from 'node:path';
import type { Plugin } from 'vite';

/** A picture that a module holds as a string: the comment above it names its file. */
const PICTURE = /^\/\/ (\S+)\n(var \w+ = )"data:image\/(?:png|jpeg);base64,([A-Za-z0-9+/=]+)";/gm;

/**
 * Turns the pictures that NiiVue holds as data: addresses, its font and the shine of surfaces, into files of their own, so that the pages'
 * Content-Security-Policy need not allow such addresses.
 */
export function pictureFiles(): Plugin {
  return {
    name: 'rarevox:picture-files',
    apply: 'build',
    transform: {
      filter: { id: /@niivue[\\/]niivue[\\/]build[\\/]niivue[\\/]index\.js$/ },
      handler(code) {
        let found = 0;
        const changed = code.replace(PICTURE, (_, path: string, declaration: string, content: string) => {
          const file = this.emitFile({ type: 'asset', name: basename(path), source: Buffer.from(content, 'base64') });
          found++;
          return `${declaration}import.meta.ROLLUP_FILE_URL_${file};`;
        });
        if (found === 0) this.error('NiiVue holds its pictures in another way now: see web/picture-files.ts');
        return { code: changed, map: null };
      },
    },
  };
}
