// `npm run bench:losses -- [--rounds 3] [--steps 5] [--json]`: what a loss costs in a training step of the case below, as ONNX Runtime's profiler
// says: the kernel time of each loss with its gradient, alone, over that of a whole step with the squared error. Of each node counts the fastest run,
// as other work on the machine only ever adds to its time.
import { createBackend } from '@rddpm/backend/onnx';
import { createRng } from '@rddpm/core';
import { createLoss, LOSS_NAMES, WEIGHTING_NAMES } from '@rddpm/losses/config';
import { train } from '@rddpm/trainer';
import { clone, dispose, keep, scalar, tensor, valueAndGrads } from '@tensorflow/tfjs-core';
import cases from './cases.json' with { type: 'json' };
import { median } from './median.mjs';
import { print, readOptions } from './options.mjs';
import { profiler } from './profiler.mjs';
import { trainingCase } from './training-case.mjs';

const CASE = '2.5M 64x64 batch 8';
const IMAGES = 209; // as many as a category of MVTec AD has
const WARM_UP = 3;
const RUNS = 20;
const LOSSES = [
  ...LOSS_NAMES.map((name) => ({ name })),
  { name: 'lts', over: 'elements' },
  { name: 'huber', delta: { mad: 1.345 } },
  { name: 'huber', delta: { quantile: 0.9 } },
  { name: 'huber', delta: { schedule: 'snr' } },
  { name: 'barron', adaptive: true },
  ...WEIGHTING_NAMES.map((name) => ({ name: 'mse', weighting: { name } })),
  { name: 'mse', weighting: { name: 'image-trust', mode: 'soft' } },
];

const { rounds, steps, json } = readOptions({}, { rounds: '3', steps: '5' });
const backend = await createBackend();
const turns = [];
for (let round = 0; round < rounds; round++) {
  const step = await stepTime();
  const losses = [];
  for (const config of LOSSES) losses.push({ config, ...(await lossTime(config)) });
  turns.push({ step, losses });
  console.error(`round ${round + 1} of ${rounds}`);
}
const losses = LOSSES.map((config, i) => ({
  config,
  share: Number(median(turns.map(({ step, losses }) => losses[i].ms / step)).toFixed(5)),
  ms: Number(median(turns.map(({ losses }) => losses[i].ms)).toFixed(2)),
  nodes: turns[0].losses[i].nodes,
}));
print({ case: CASE, msPerStep: Number(median(turns.map(({ step }) => step)).toFixed(1)), losses, measured: turns }, json);
process.exit();

async function stepTime() {
  const { compile, nodes } = profiler();
  const options = { ...trainingCase(CASE, { ...backend, compile }), steps: Number(steps) + WARM_UP, checkpointEvery: 1e9 };
  for await (const _ of train(options));
  return undisturbed(nodes(WARM_UP));
}

async function lossTime(config) {
  const loss = createLoss(config);
  const stateful = typeof loss === 'function' ? { init: () => ({ state: {}, learned: {} }), apply: memoryless(loss) } : loss;
  const { size, batch } = cases.train[CASE];
  const rng = createRng('losses');
  const normal = (shape, deviation) =>
    tensor(
      rng.normal(new Float32Array(shape.reduce((a, b) => a * b))).map((x) => x * deviation),
      shape,
    );
  const shape = [batch, size, size, 3];
  const args = {
    prediction: normal(shape, 0.2),
    target: normal(shape, 0.2),
    context: {
      t: tensor(
        Array.from({ length: batch }, (_, i) => 120 * i),
        [batch],
        'int32',
      ),
      sigma: tensor(Array.from({ length: batch }, (_, i) => 2 ** (i - 4))),
      index: tensor(
        Array.from({ length: batch }, (_, i) => 7 * i),
        [batch],
        'int32',
      ),
      step: scalar(1000),
    },
    memory: stateful.init(IMAGES),
  };
  const { compile, nodes } = profiler();
  const run = compile(({ prediction, target, context, memory: { state = {}, learned = {} } }) => {
    const kept = {};
    const objective = (prediction, ...values) => {
      const memory = { state, learned: Object.fromEntries(Object.keys(learned).map((name, i) => [name, values[i]])) };
      const { loss, state: next } = stateful.apply(prediction, target, context, memory);
      for (const name in next) kept[name] = keep(next[name]);
      return loss;
    };
    const { value, grads } = valueAndGrads(objective)([prediction, ...Object.values(learned)]);
    return { value, grads, state: Object.fromEntries(Object.entries(kept).map(([name, tensor]) => [name, clone(tensor)])) };
  });
  for (let i = 0; i < WARM_UP + RUNS; i++) dispose(await run(args));
  dispose(args);
  const profiled = nodes(WARM_UP);
  return { ms: undisturbed(profiled), nodes: profiled.length };
}

function memoryless(loss) {
  return (prediction, target, context) => ({ loss: loss(prediction, target, context), state: {} });
}

function undisturbed(nodes) {
  return nodes.reduce((sum, { milliseconds }) => sum + Math.min(...milliseconds), 0);
}
