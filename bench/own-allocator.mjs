// Imported first, starts the program anew with the allocator's settings of the compute process (node/child-engine.ts): glibc reads them
// when a process starts.
import { spawnSync } from 'node:child_process';
import { allocatorSettings } from '../dist/node/allocator-settings.js';

if (process.env.MALLOC_MMAP_THRESHOLD_ === undefined) {
  const { status } = spawnSync(process.execPath, process.argv.slice(1), {
    env: { ...process.env, ...allocatorSettings(process.env) },
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}
