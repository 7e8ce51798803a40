// One case of ours: `node ours.mjs CASE STEPS` prints { parameters, stepMs, forwardMs, peakMb, version }. Needs a build.
import { createBackend } from '@rddpm/backend/onnx';
import { createRng } from '@rddpm/core';
import { mseLoss } from '@rddpm/losses';
import { linearSchedule } from '@rddpm/scheduler';
import { train } from '@rddpm/trainer';
import { countParameters, createUNet } from '@rddpm/unet';
import { dispose, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import cases from './cases.json' with { type: 'json' };
import { median } from './median.mjs';

const WARM_UP = 3;
const [name, steps] = process.argv.slice(2);
const { size, batch, widths, layers, attention } = cases[name];
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
if (!process.env.NOTRAIN) for await (const event of train({ ...options, steps: Number(steps) + WARM_UP })) {
  if (event.kind === 'progress') times.push(1000 * event.secondsPerStep);
  else state = event.state;
}
console.error(times.map((t) => Math.round(t)).join(" ")); console.error((globalThis.__runs ?? []).join(" "));
const stepMs = process.env.NOTRAIN ? 0 : median(times.slice(WARM_UP));

const weights = network.init(rng);
const predict = backend.compile(({ x, t }) => network.predict(weights, x, t)); // weights are constants, as in detection
const input = { x: tensor4d(values(), shape), t: tensor1d(Array(batch).fill(100), 'int32') };
const forward = [];
for (let i = 0; i < Number(steps) + WARM_UP; i++) {
  const started = performance.now();
  dispose(await predict(input));
  forward.push(performance.now() - started);
}
const result = {
  parameters: countParameters(network.config),
  stepMs,
  forwardMs: median(forward.slice(WARM_UP)),
  peakMb: process.resourceUsage().maxRSS / 1024,
  version: `${backend.device}, Node ${process.versions.node}`,
  stepsDone: state?.step,
};
process.stdout.write(JSON.stringify(result), () => process.exit());
