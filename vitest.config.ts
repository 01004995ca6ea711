import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Several files load ONNX Runtime, which has threads of its own; a process each keeps a crash where it happened.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
