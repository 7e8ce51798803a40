import { evaluate, expectClose, random } from '@rddpm/conformance';
import { ConfigError, type Loss, type LossContext, type StatefulLoss } from '@rddpm/core';
import {
  blockLtsLoss,
  cauchyLoss,
  divergenceWeighting,
  elementLtsLoss,
  exponentialScale,
  huberLoss,
  imageTrust,
  latentOutlierExposure,
  madScale,
  mseLoss,
  normalizedLts,
  quantileScale,
  snrScale,
  winsorizedLoss,
} from '@rddpm/losses';
import { createLoss, type LossConfig, lossConfigSchema, lossJsonSchema, resolveLossConfig } from '@rddpm/losses/config';
import { dispose, type Scalar, scalar, sub, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

type Args = { prediction: Tensor; target: Tensor; context: LossContext };
const perSample = (prediction: Tensor, target: Tensor) => huberLoss(prediction, target, { delta: 0.3, reduction: 'per-sample' });
const inputs = (): Args => ({
  prediction: random([4, 8, 8, 2], 1),
  target: random([4, 8, 8, 2], 2),
  context: {
    t: tensor1d([0, 30, 400, 999], 'int32'),
    sigma: tensor1d([0.01, 0.1, 2, 150]),
    index: tensor1d([2, 0, 1, 2], 'int32'),
    step: scalar(50),
  },
});
/** Arguments are a record of tensors, which an interface isn't. */
const flat = ({ prediction, target, context }: Args) => ({ prediction, target, ...context });
type Flat = { prediction: Tensor; target: Tensor } & { [K in keyof LossContext]: LossContext[K] };

test.each<[LossConfig, (args: Flat) => Scalar]>([
  [{ name: 'lts', over: 'elements' }, ({ prediction, target }) => elementLtsLoss(prediction, target, { keep: 0.8 })],
  [
    { name: 'lts', over: 'elements', keep: { from: 1, to: 0.5, steps: 100 } },
    ({ prediction, target }) => elementLtsLoss(prediction, target, { keep: 0.75 }),
  ],
  [{ name: 'block-lts', keep: 0.5, block: 4 }, ({ prediction, target }) => blockLtsLoss(prediction, target, { keep: 0.5, block: 4 })],
  [{ name: 'winsorized', keep: 0.6 }, ({ prediction, target }) => winsorizedLoss(prediction, target, { keep: 0.6 })],
  [
    { name: 'huber', delta: { mad: 2 } },
    ({ prediction, target }) => huberLoss(prediction, target, { delta: madScale(sub(prediction, target), { factor: 2 }) }),
  ],
  [
    { name: 'cauchy', scale: { quantile: 0.9 } },
    ({ prediction, target }) => cauchyLoss(prediction, target, { scale: quantileScale(sub(prediction, target), { quantile: 0.9 }) }),
  ],
  [
    { name: 'huber', delta: { schedule: 'snr' } },
    ({ prediction, target, ...context }) => huberLoss(prediction, target, { delta: snrScale(context) }),
  ],
  [
    { name: 'huber', delta: { schedule: 'exponential', end: 0.2, timesteps: 500 } },
    ({ prediction, target, ...context }) =>
      huberLoss(prediction, target, { delta: exponentialScale(context, { end: 0.2, timesteps: 500 }) }),
  ],
  [
    { name: 'huber', delta: 0.3, weighting: { name: 'latent-outlier-exposure', trim: 0.25, mode: 'hard' } },
    ({ prediction, target, ...context }) => latentOutlierExposure(perSample, { trim: 0.25, mode: 'hard' })(prediction, target, context),
  ],
  [
    { name: 'huber', delta: 0.3, weighting: { name: 'divergence', k: 0.5 } },
    ({ prediction, target, ...context }) => divergenceWeighting(perSample, { k: 0.5 })(prediction, target, context),
  ],
])('makes the loss of %j', async (config, expected) => {
  const args = inputs();
  const loss = createLoss(config) as Loss;
  const both = ({ prediction, target, ...context }: Flat) => ({
    actual: loss(prediction, target, context),
    expected: expected({ prediction, target, ...context }),
  });
  const results = await evaluate(both, flat(args));
  expectClose(results.actual, results.expected, 1e-6);
  dispose(args as never);
});

test.each<[LossConfig, StatefulLoss]>([
  [
    { name: 'mse', weighting: { name: 'normalized-lts', keep: 0.5, bins: 5 } },
    normalizedLts((prediction, target) => mseLoss(prediction, target, { reduction: 'per-sample' }), { keep: 0.5, bins: 5 }),
  ],
  [
    { name: 'huber', delta: 0.3, weighting: { name: 'image-trust', mode: 'soft', warmupSteps: 10 } },
    imageTrust(perSample, { mode: 'soft', warmupSteps: 10 }),
  ],
])('makes the loss with memory of %j', async (config, expected) => {
  const args = inputs();
  const loss = createLoss(config) as StatefulLoss;
  const { state } = loss.init(3);
  const both = ({ state, prediction, target, ...context }: Flat & { state: typeof memory.state }) => {
    const [a, b] = [loss, expected].map((loss) => loss.apply(prediction, target, context, { state, learned: {} }));
    return { actual: a!.loss, expected: b!.loss, states: [a!.state, b!.state] };
  };
  const memory = { state };
  const results = await evaluate(both, { ...flat(args), state });
  expectClose(results.actual, results.expected, 1e-6);
  expect(results.states[0]).toEqual(results.states[1]);
  expect(Object.keys(results.states[0]!)).toEqual(Object.keys(state));
  dispose([args, state] as never);
});

test('resolved configs hold their defaults', () => {
  expect(lossConfigSchema.parse({ name: 'block-lts' })).toEqual({ name: 'block-lts', keep: 0.8, block: 8 });
  expect(lossConfigSchema.parse({ name: 'huber', delta: { schedule: 'exponential' }, weighting: { name: 'image-trust' } })).toEqual({
    name: 'huber',
    delta: { schedule: 'exponential', end: 0.1, timesteps: 1000 },
    weighting: { name: 'image-trust', trim: 0.2, mode: 'hard', warmupSteps: 250, bins: 20 },
  });
});

test('configs of earlier versions load, whose weightings had other names for trim and warmupSteps', () => {
  const weighting = { name: 'image-trust', share: 0.3, warmup: 10 };
  const resolved = lossConfigSchema.parse({ name: 'mse', weighting });
  expect(resolved).toEqual({ name: 'mse', weighting: { name: 'image-trust', trim: 0.3, mode: 'hard', warmupSteps: 10, bins: 20 } });
  expect(resolveLossConfig({ name: 'mse', weighting })).toEqual(resolved);
  expect(() => resolveLossConfig({ name: 'mse', weighting: { name: 'divergence', share: 0.3 } })).toThrow(
    "unknown field 'trim' of weighting",
  );
});

test('the JSON schema knows the trimmed losses and weightings', () => {
  const text = JSON.stringify(lossJsonSchema);
  for (const name of ['block-lts', 'winsorized', 'image-trust', 'latent-outlier-exposure', 'divergence', 'normalized-lts', 'exponential']) {
    expect(text).toContain(`"const":"${name}"`);
  }
});

const CHANGING = '{ "mad": 1.345 }, { "quantile": 0.9 } or { "schedule": "snr" or "exponential", "end": 0.1 }';
test.each<[unknown, string]>([
  [{ name: 'lts', over: 'pixels' }, 'over is "pixels"; it must be "samples" or "elements"'],
  [
    { name: 'winsorized', keep: { from: 1, to: 0 } },
    'keep is {"from":1,"to":0}; it must be a number above 0 and at most 1, or { "from": 1, "to": 0.8, "steps": 1000 }',
  ],
  [{ name: 'block-lts', block: 2.5 }, 'block is 2.5; it must be a whole number of at least 1'],
  [{ name: 'cauchy', scale: { quantiles: 0.5 } }, `scale is {"quantiles":0.5}; it must be a finite number above 0, or ${CHANGING}`],
  [{ name: 'huber', delta: -1 }, `delta is -1; it must be a number from 0, "Infinity", ${CHANGING}`],
  [{ name: 'lts', keep: 1.5 }, 'keep is 1.5; it must be a number above 0 and at most 1'],
  [
    { name: 'l1', weighting: { name: 'divergence', k: 0 } },
    'weighting.k is 0; it must be a number above 0, or { "medians": a number above 0 }',
  ],
  [{ name: 'cauchy', scale: { quantile: 1.5 } }, 'scale.quantile is 1.5; it must be a number above 0 and at most 1'],
  [{ name: 'huber', weighting: { name: 'image-trust', trim: 1 } }, 'weighting.trim is 1; it must be a number from 0, below 1'],
  [{ name: 'huber', weighting: { name: 'image-trust', trims: 1 } }, "unknown field 'trims' of weighting"],
  [
    { name: 'huber', weighting: { name: 'trust' } },
    'weighting.name is "trust"; it must be one of normalized-lts, latent-outlier-exposure, divergence, image-trust',
  ],
  [{ name: 'lts', weighting: { name: 'divergence' } }, "unknown field 'weighting' of the loss 'lts'"],
  [{ name: 'barron', adaptive: true, scale: { mad: 1 } }, 'scale is {"mad":1}; it must be a number above 0.00001 with "adaptive": true'],
  [
    { name: 'barron', adaptive: true, weighting: { name: 'divergence', k: 1 } },
    'weighting is {"name":"divergence","k":1}; it doesn\'t go with "adaptive": true',
  ],
])('refuses %j', (config, message) => {
  expect(() => createLoss(config as LossConfig)).toThrow(new ConfigError(`createLoss: ${message}`));
});
