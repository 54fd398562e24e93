import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The page is served under a strict Content-Security-Policy: nothing may be inlined, and nothing
// comes from elsewhere.
export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    reportCompressedSize: true,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
});
