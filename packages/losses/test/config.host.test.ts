import { evaluate, expectClose, random } from '@rddpm/conformance';
import { ConfigError, type Loss, type LossContext, type StatefulLoss } from '@rddpm/core';
import * as losses from '@rddpm/losses';
import { createLoss, LOSS_NAMES, type LossConfig, lossConfigSchema, lossJsonSchema } from '@rddpm/losses/config';
import { dispose, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

type Args = { prediction: Tensor; target: Tensor };
const context = {} as LossContext; // none of these looks at it
const INFINITE = Number.POSITIVE_INFINITY;

test.each<[LossConfig, LossConfig, (prediction: Tensor, target: Tensor) => Scalar]>([
  [{ name: 'mse' }, { name: 'mse' }, losses.mseLoss],
  [{ name: 'l1' }, { name: 'l1' }, (p, t) => losses.l1Loss(p, t)],
  [{ name: 'huber' }, { name: 'huber', delta: 0.2 }, (p, t) => losses.huberLoss(p, t, { delta: 0.2 })],
  [{ name: 'huber', delta: 0.7 }, { name: 'huber', delta: 0.7 }, (p, t) => losses.huberLoss(p, t, { delta: 0.7 })],
  [{ name: 'huber', delta: 0 }, { name: 'huber', delta: 0 }, (p, t) => losses.l1Loss(p, t)],
  [{ name: 'huber', delta: 'Infinity' }, { name: 'huber', delta: 'Infinity' }, (p, t) => losses.huberLoss(p, t, { delta: INFINITE })],
  [{ name: 'smooth-l1' }, { name: 'smooth-l1', delta: 0.2 }, (p, t) => losses.smoothL1Loss(p, t, { delta: 0.2 })],
  [
    { name: 'pseudo-huber' },
    { name: 'pseudo-huber', delta: 0.2, form: 'classical' },
    (p, t) => losses.pseudoHuberLoss(p, t, { delta: 0.2 }),
  ],
  [
    { name: 'pseudo-huber', delta: 0.1, form: 'diffusers' },
    { name: 'pseudo-huber', delta: 0.1, form: 'diffusers' },
    (p, t) => losses.pseudoHuberLoss(p, t, { delta: 0.1, form: 'diffusers' }),
  ],
  [{ name: 'log-cosh' }, { name: 'log-cosh', scale: 0.25 }, (p, t) => losses.logCoshLoss(p, t, { scale: 0.25 })],
  [{ name: 'cauchy' }, { name: 'cauchy', scale: 0.5 }, (p, t) => losses.cauchyLoss(p, t, { scale: 0.5 })],
  [{ name: 'geman-mcclure' }, { name: 'geman-mcclure', scale: 0.75 }, (p, t) => losses.gemanMcclureLoss(p, t, { scale: 0.75 })],
  [{ name: 'welsch' }, { name: 'welsch', scale: 0.6 }, (p, t) => losses.welschLoss(p, t, { scale: 0.6 })],
  [{ name: 'tukey' }, { name: 'tukey', scale: 1 }, (p, t) => losses.tukeyLoss(p, t, { scale: 1 })],
  [{ name: 'clipped-mse' }, { name: 'clipped-mse', scale: 0.55 }, (p, t) => losses.clippedMseLoss(p, t, { scale: 0.55 })],
  [
    { name: 'barron' },
    { name: 'barron', alpha: 1, scale: 0.2, adaptive: false },
    (p, t) => losses.barronLoss(p, t, { alpha: 1, scale: 0.2 }),
  ],
  [
    { name: 'barron', alpha: '-Infinity', scale: 0.3 },
    { name: 'barron', alpha: '-Infinity', scale: 0.3, adaptive: false },
    (p, t) => losses.barronLoss(p, t, { alpha: -INFINITE, scale: 0.3 }),
  ],
  [{ name: 'lts' }, { name: 'lts', keep: 0.8, over: 'samples' }, (p, t) => losses.ltsLoss(p, t, { keep: 0.8 })],
  [{ name: 'lts', keep: 0.5 }, { name: 'lts', keep: 0.5, over: 'samples' }, (p, t) => losses.ltsLoss(p, t, { keep: 0.5 })],
])('makes the loss of %j', async (config, resolved, expected) => {
  expect(lossConfigSchema.parse(config)).toEqual(resolved);
  const args: Args = { prediction: random([5, 4], 1), target: random([5, 4], 2) };
  const loss = createLoss(config) as Loss;
  const both = ({ prediction, target }: Args) => [loss(prediction, target, context), expected(prediction, target)];
  const [actual, direct] = (await evaluate(both, args)) as { data: Float32Array }[];
  expectClose(actual!.data, direct!.data, 0);
  dispose(args as never);
});

test('a config with adaptive makes a loss that learns, from its alpha and scale', async () => {
  const loss = createLoss({ name: 'barron', alpha: 0.5, scale: 0.3, adaptive: true }) as StatefulLoss;
  const { learned } = loss.init(7);
  const args = { prediction: random([5, 4], 1), target: random([5, 4], 2), learned: { ...learned } };
  const both = ({ prediction, target, learned }: typeof args) =>
    [loss, losses.adaptiveLoss({ alpha: 0.5, scale: 0.3 })].map(
      ({ apply }) => apply(prediction, target, context, { state: {}, learned }).loss,
    );
  const [actual, direct] = (await evaluate(both, args)) as { data: Float32Array }[];
  expectClose(actual!.data, direct!.data, 0);
  dispose([args.prediction, args.target, ...Object.values(learned)]);
});

const NAMES = LOSS_NAMES.join(', ');
const CHANGING = '{ "mad": 1.345 }, { "quantile": 0.9 } or { "schedule": "snr" or "exponential", "end": 0.1 }';

test.each<[unknown, string]>([
  [{ name: 'hubert' }, `unknown loss "hubert"; did you mean 'huber'? it must be one of ${NAMES}`],
  [{ name: 'geman-mclure' }, `unknown loss "geman-mclure"; did you mean 'geman-mcclure'? it must be one of ${NAMES}`],
  [{ name: 'trimmed' }, `unknown loss "trimmed"; it must be one of ${NAMES}`],
  [{}, `unknown loss undefined; it must be one of ${NAMES}`],
  [{ name: 'huber', delta: -1 }, `delta is -1; it must be a number from 0, "Infinity", ${CHANGING}`],
  [{ name: 'huber', delta: '0.2' }, `delta is "0.2"; it must be a number from 0, "Infinity", ${CHANGING}`],
  [{ name: 'huber', keep: 0.8 }, "unknown field 'keep' of the loss 'huber'"],
  [{ name: 'cauchy', delta: 0.8 }, "unknown field 'delta' of the loss 'cauchy'"],
  [{ name: 'cauchy', scale: 0 }, `scale is 0; it must be a finite number above 0, or ${CHANGING}`],
  [{ name: 'tukey', scale: Number.NaN }, `scale is NaN; it must be a finite number above 0, or ${CHANGING}`],
  [{ name: 'barron', alpha: 'two' }, 'alpha is "two"; it must be a number, "Infinity" or "-Infinity"'],
  [{ name: 'barron', adaptive: 1 }, 'adaptive is 1; it must be true or false'],
  [{ name: 'pseudo-huber', form: 'scaled' }, 'form is "scaled"; it must be "classical" or "diffusers"'],
  [{ name: 'lts', keep: 1.5 }, 'keep is 1.5; it must be a number above 0 and at most 1'],
  ['huber', 'the config is "huber"; it must be like { "name": "huber" }'],
])('refuses %j', (config, message) => {
  expect(() => createLoss(config as LossConfig)).toThrow(new ConfigError(`createLoss: ${message}`));
});

test('an adaptive loss cannot start where it cannot go', () => {
  expect(() => createLoss({ name: 'barron', alpha: 2, adaptive: true })).toThrow(
    new ConfigError('createLoss: alpha is 2; it must be above 0.001 and below 1.999 with "adaptive": true'),
  );
});

test('the JSON schema says of each loss what the config may hold', () => {
  expect(JSON.parse(JSON.stringify(lossJsonSchema))).toEqual(lossJsonSchema);
  const { oneOf } = lossJsonSchema as unknown as { oneOf: { properties: Record<string, object>; required: string[] }[] };
  expect(oneOf.map(({ properties }) => (properties.name as { const: string }).const).join(', ')).toBe(NAMES);
  for (const { required } of oneOf) expect(required).toEqual(['name']);
  expect(oneOf[2]).toMatchObject({
    type: 'object',
    properties: {
      name: { type: 'string', const: 'huber' },
      delta: {
        default: 0.2,
        anyOf: [
          { type: 'number', minimum: 0 },
          { type: 'string', const: 'Infinity' },
          { anyOf: [{ required: ['mad'] }, { required: ['quantile'] }, { required: ['schedule'] }, { required: ['schedule'] }] },
        ],
      },
      weighting: { oneOf: [{ required: ['name'] }, { required: ['name'] }, { required: ['name'] }, { required: ['name'] }] },
    },
    required: ['name'],
    additionalProperties: false,
  });
});
