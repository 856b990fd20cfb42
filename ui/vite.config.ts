import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import tauriConfig from '../tauri.conf.json' with { type: 'json' };
import packageJson from './package.json' with { type: 'json' };

// The window's address is said once, in the shell's configuration.
const devServer = new URL(tauriConfig.build.devUrl);

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  define: { __APP_VERSION__: JSON.stringify(packageJson.version) },
  server: { host: devServer.hostname, port: Number(devServer.port), strictPort: true },
  clearScreen: false,
  build: {
    target: 'es2022',
    // The content policy allows no data: addresses, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the window opens on is one piece; the rest is read a moment later (src/features/later.ts).
    chunkSizeWarningLimit: 1500,
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/test/setup.ts'],
    // Judging a page for accessibility takes seconds on a machine that compiles at the same time.
    testTimeout: 30_000,
  },
});
