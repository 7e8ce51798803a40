import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Plugin } from 'vite';

const ID = 'virtual:cpu-reference';

/** One for all projects of a test run, begun when the first test asks for it. A run that watches keeps it: start it anew after a change. */
let reference: Promise<string> | undefined;

/** The module `virtual:cpu-reference`: what packages/conformance/src/cpu-reference.ts computes, on whatever backend and in whatever browser it is read. */
export const cpuReference = (): Plugin => ({
  name: 'rddpm:cpu-reference',
  resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
  async load(id) {
    if (id !== `\0${ID}`) return;
    reference ??= compute().catch((error) => {
      reference = undefined; // the next one to ask may fare better
      throw error;
    });
    return `const floats = (base64) => new Float32Array(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
      export default JSON.parse(${JSON.stringify(await reference)}, (_, value) => value?.floats === undefined ? value : floats(value.floats));`;
  },
});

async function compute(): Promise<string> {
  const script = fileURLToPath(new URL('cpu-reference.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], { maxBuffer: 2 ** 28 });
  return stdout;
}
