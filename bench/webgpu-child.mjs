// `node webgpu-child.mjs stock|ours STEPS` prints milliseconds per case: kernels alone, and a training step. Needs a build.
import { createRng } from '@rddpm/core';
import { groupNorm, silu } from '@rddpm/unet';
import * as tf from '@tensorflow/tfjs';
import cases from './cases.json' with { type: 'json' };
import { measureSteps } from './measure-steps.mjs';
import { median } from './median.mjs';
import { trainingCase } from './training-case.mjs';

const WARM_UP = 2;
const [kind, steps] = process.argv.slice(2);
const repeats = Number(steps) + WARM_UP;
const backend = kind === 'stock' ? await stock() : await (await import('@rddpm/backend/webgpu')).createBackend();

const rng = createRng('kernels');
const normal = (...shape) => tf.tensor(rng.normal(new Float32Array(shape.reduce((a, b) => a * b))), shape);
const x = normal(4, 32, 32, 32);
const filter = normal(3, 3, 32, 32);
const channels = normal(32);
const vector = normal(2 ** 18);
const conv = (x, filter) => tf.conv2d(x, filter, 1, 'same');

const kernels = {
  'GroupNorm and gradients': () => tf.grads((x, scale, offset) => groupNorm(x, scale, offset, { groups: 8 }))([x, channels, channels], x),
  'SiLU and gradient': () => tf.grads((x) => silu(x))([x], x),
  convolution: () => [conv(x, filter)],
  'input gradient': () => tf.grads((x) => conv(x, filter))([x], x),
  'filter gradient': () => tf.grads((filter) => conv(x, filter))([filter], x),
  'bias gradient': () => tf.grads((bias) => tf.add(x, bias))([channels], x),
  'sum of squares': () => [tf.sum(tf.square(vector))],
};

const result = {};
for (const [name, run] of Object.entries(kernels)) {
  const compiled = backend.compile(run);
  result[name] = await medianOf(async () => {
    const tensors = await compiled({});
    await tensors[0].data();
    tf.dispose(tensors);
  });
}
// the loss and gradient of one vector cost next to nothing: what is left is the optimiser
const network = { init: () => ({ vector: tf.clone(vector) }), predict: ({ vector }, x) => tf.add(x, tf.sum(vector)) };
const [tiny] = Object.keys(cases.tiny);
result['AdamW of 262,144 parameters'] = await measureSteps({ ...trainingCase(tiny, backend), network }, Number(steps));
result[`step, ${tiny}`] = await measureSteps(trainingCase(tiny, backend), Number(steps));
process.stdout.write(JSON.stringify({ device: backend.device, milliseconds: result }), () => process.exit());

async function medianOf(run) {
  const times = [];
  for (let i = 0; i < repeats; i++) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  return median(times.slice(WARM_UP));
}

/** TensorFlow.js' WebGPU backend as it comes. */
async function stock() {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
  await import('@tensorflow/tfjs-backend-webgpu');
  tf.enableProdMode();
  await tf.setBackend('webgpu');
  return { name: 'webgpu', device: 'stock', compile: (fn) => async (args) => tf.tidy(() => fn(args)) };
}
