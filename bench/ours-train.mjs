// One training case of ours: `node ours-train.mjs CASE STEPS` prints { parameters, stepMs, forwardMs, peakMb, sgemmGflops, version }. Needs a build.
import { createBackend } from '@rddpm/backend/onnx';
import { train } from '@rddpm/trainer';
import { countParameters } from '@rddpm/unet';
import { dispose, matMul, tensor1d, tensor2d, tensor4d } from '@tensorflow/tfjs-core';
import { median } from './median.mjs';
import { trainingCase } from './training-case.mjs';

const WARM_UP = 3;
const [name, steps] = process.argv.slice(2);
const repeats = Number(steps) + WARM_UP;
const backend = await createBackend({ threads: 2 });
const options = trainingCase(name, backend);
const { network, rng, images } = options;

const stepTimes = [];
for await (const event of train({ ...options, steps: repeats, reportEvery: 1, checkpointEvery: 1e9 })) {
  if (event.kind === 'progress') stepTimes.push(1000 * event.secondsPerStep);
}
const peakMb = process.resourceUsage().maxRSS / 1024;

const weights = network.init(rng);
const predict = backend.compile(({ x, t }) => network.predict(weights, x, t)); // weights are constants, as in detection
const input = { x: tensor4d(images.data, images.shape), t: tensor1d(Array(images.shape[0]).fill(100), 'int32') };

// what this machine can do: a product of two square matrices
const SIDE = 2048;
const square = () => tensor2d(new Float32Array(SIDE * SIDE).fill(0.5), [SIDE, SIDE]);
const factors = { a: square(), b: square() };
const multiply = backend.compile(({ a, b }) => matMul(a, b));

const result = {
  parameters: countParameters(network.config),
  stepMs: median(stepTimes.slice(WARM_UP)),
  forwardMs: await medianOf(() => predict(input)),
  peakMb,
  sgemmGflops: (2 * SIDE ** 3) / (await medianOf(() => multiply(factors))) / 1e6,
  version: `${backend.device}, Node ${process.versions.node}`,
};
process.stdout.write(JSON.stringify(result), () => process.exit());

async function medianOf(run) {
  const times = [];
  for (let i = 0; i < repeats; i++) {
    const started = performance.now();
    dispose(await run());
    times.push(performance.now() - started);
  }
  return median(times.slice(WARM_UP));
}
