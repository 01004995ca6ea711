import { defineConfig } from 'vitest/config';

/** The long tests (`npm run test:long`): files named *.long.ts, which `npm test` leaves out. */
export default defineConfig({
  test: {
    include: ['src/**/*.long.ts', 'test/**/*.long.ts'],
    pool: 'forks',
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
  },
});
