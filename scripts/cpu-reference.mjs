// Prints packages/conformance/src/cpu-reference.ts' results as JSON; arrays of floats as { floats: base64 }, which keeps NaN and infinity.
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const conditions = ['@rddpm/source', 'module', 'node', 'import', 'default'];
const server = await createServer({
  root: fileURLToPath(new URL('..', import.meta.url)),
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true, include: [] },
  ssr: { resolve: { conditions } },
});
const { computeCpuReference } = await server.ssrLoadModule('/packages/conformance/src/cpu-reference.ts');
const reference = await computeCpuReference();
await server.close();
const json = JSON.stringify(reference, (_, value) => (value instanceof Float32Array ? { floats: base64(value) } : value));
process.stdout.write(json);

function base64({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
