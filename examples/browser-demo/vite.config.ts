import { defineConfig } from 'vite';

/** With these headers the page is cross-origin isolated: WebAssembly may use threads. Any host that sends them will do. */
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

// The packages are used from their sources: nothing has to be built first.
const conditions = ['@rddpm/source', 'module', 'browser', 'development|production'];

export default defineConfig({
  base: './', // works from any folder of a web server
  resolve: { conditions },
  server: { headers: ISOLATION },
  preview: { headers: ISOLATION },
  worker: { format: 'es' },
  build: { target: 'es2022', chunkSizeWarningLimit: 3000 },
  optimizeDeps: {
    entries: ['index.html', 'src/worker/worker.ts'], // all at once: what is found later reloads the page
    exclude: ['onnxruntime-web'], // it finds its .wasm beside itself
  },
});
