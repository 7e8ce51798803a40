// `npm run bench:webgpu -- [--rounds 3] [--steps 5] [--json]`: our WebGPU kernels against TensorFlow.js' own, in turn, on the same adapter.
// Without a GPU, set VK_ICD_FILENAMES to SwiftShader's, which Debian's chromium package has in /usr/lib/chromium/vk_swiftshader_icd.json.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from './median.mjs';
import { print, readOptions } from './options.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const { rounds, steps, json } = readOptions({}, { rounds: '3', steps: '5' });
const turns = [];
for (let round = 0; round < rounds; round++) {
  const order = round % 2 === 0 ? ['stock', 'ours'] : ['ours', 'stock'];
  turns.push(Object.fromEntries(order.map((kind) => [kind, run(kind)])));
  console.error(`round ${round + 1} of ${rounds}`);
}
const cases = Object.keys(turns[0].ours.milliseconds);
const ratios = Object.fromEntries(
  cases.map((name) => {
    const ratio = median(turns.map(({ stock, ours }) => ours.milliseconds[name] / stock.milliseconds[name]));
    return [name, Number(ratio.toFixed(3))];
  }),
);
print({ oursOverStock: ratios, device: turns[0].ours.device, measured: turns }, json);

function run(kind) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['webgpu-child.mjs', kind, steps], { cwd: here, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${kind} ended with ${status}:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
