import { defineConfig } from 'vitest/config';

/** Where CI wants the counts as JSON; undefined outside CI. */
const report = process.env.AIDEBUG_TEST_REPORT;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Whole cases are imported and diagnosed: slow on a loaded machine, and never timed.
    // Most tests wait for a process of their own: one worker for each core, not one less.
    maxWorkers: '100%',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
