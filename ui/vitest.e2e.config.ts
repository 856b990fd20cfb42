// The tests in the real window stand at the root, in e2e/; their tools are the ones of this folder.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('../e2e'),
  cacheDir: here('node_modules/.vite-e2e'),
  resolve: { alias: { vitest: here('node_modules/vitest') } },
  test: {
    include: [process.env['HYVITYS_E2E_BENCH'] ? 'bench/**/*.bench.ts' : 'tests/**/*.test.ts'],
    // What is measured is a table of many lines, to be read as it is.
    disableConsoleIntercept: true,
    environment: 'node',
    // Each test has a screen of its own; two at a time is what two cores carry without waits that say nothing.
    maxWorkers: Number(process.env['HYVITYS_E2E_WORKERS'] ?? 2),
    pool: 'forks',
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    retry: 0,
  },
});
