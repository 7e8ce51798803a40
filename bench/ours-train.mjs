// One training case of ours: `node ours-train.mjs CASE STEPS` prints { parameters, stepMs, forwardMs, peakMb, sgemmGflops, version }. Needs a build.
import { createBackend } from '@rddpm/backend/onnx';
import { createRng } from '@rddpm/core';
import { mseLoss } from '@rddpm/losses';
import { linearSchedule } from '@rddpm/scheduler';
import { train } from '@rddpm/trainer';
import { countParameters, createUNet } from '@rddpm/unet';
import { dispose, matMul, tensor1d, tensor2d, tensor4d } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import cases from './cases.json' with { type: 'json' };
import { median } from './median.mjs';

const WARM_UP = 3;
const [name, steps] = process.argv.slice(2);
const { size, batch, widths, layers, attention } = cases.train[name];
const blocks = (kind) => attention.map((has) => `${has ? 'Attn' : ''}${kind}Block2D`);
const network = createUNet({
  sampleSize: size,
  blockOutChannels: widths,
  layersPerBlock: layers,
  downBlockTypes: blocks('Down'),
  upBlockTypes: blocks('Up').reverse(),
  attentionHeadDim: null,
});
const backend = await createBackend({ threads: 2 });
const rng = createRng(0);
const shape = [batch, size, size, 3];
const values = () => rng.normal(new Float32Array(batch * size * size * 3));

const images = ndarray(
  Float32Array.from(values(), (value) => 1 / (1 + Math.exp(-value))),
  shape,
);
const options = {
  network,
  loss: mseLoss,
  schedule: linearSchedule(),
  backend,
  images,
  rng,
  batchSize: batch,
  reportEvery: 1,
  checkpointEvery: 1e9,
};
const times = [];
let state;
for await (const event of train({ ...options, steps: Number(steps) + WARM_UP })) {
  if (event.kind === 'progress') times.push(1000 * event.secondsPerStep);
  else state = event.state;
}
const stepMs = median(times.slice(WARM_UP));

const weights = network.init(rng);
const predict = backend.compile(({ x, t }) => network.predict(weights, x, t)); // weights are constants, as in detection
const input = { x: tensor4d(values(), shape), t: tensor1d(Array(batch).fill(100), 'int32') };
const forward = [];
for (let i = 0; i < Number(steps) + WARM_UP; i++) {
  const started = performance.now();
  dispose(await predict(input));
  forward.push(performance.now() - started);
}
const peakMb = process.resourceUsage().maxRSS / 1024;

// what this machine can do: a product of two square matrices
const SIDE = 2048;
const square = () => tensor2d(new Float32Array(SIDE * SIDE).fill(0.5), [SIDE, SIDE]);
const factors = { a: square(), b: square() };
const multiply = backend.compile(({ a, b }) => matMul(a, b));
const products = [];
for (let i = 0; i < 5; i++) {
  const started = performance.now();
  dispose(await multiply(factors));
  products.push(performance.now() - started);
}
const result = {
  parameters: countParameters(network.config),
  stepMs,
  forwardMs: median(forward.slice(WARM_UP)),
  peakMb,
  sgemmGflops: (2 * SIDE ** 3) / median(products) / 1e6,
  version: `${backend.device}, Node ${process.versions.node}`,
  stepsDone: state.step,
};
process.stdout.write(JSON.stringify(result), () => process.exit());
