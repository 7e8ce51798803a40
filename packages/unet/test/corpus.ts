import { type Argument, type CorpusCase, corpusCase, normal, values, whole } from '@rddpm/conformance/corpus';
import { createUNet, fromDiffusersConfig, groupNorm } from '@rddpm/unet';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { ACTIVATIONS } from '../src/activations.ts';
import { upsampleNearest } from '../src/upsample.ts';
import json from './goldens/unet2d.json' with { type: 'json' };
import gradientsJson from './goldens/unet2d-gradients.json' with { type: 'json' };
import { imageWaves, parameterWaves } from './parameter-waves.ts';

/** WGSL's sines are right to 5e-4 only, which a network may multiply by 4. */
const NETWORK_TOLERANCE = 2e-3;

const activations = Object.entries(ACTIVATIONS).map(([name, activate]) =>
  corpusCase({
    name,
    fn: ({ x }) => activate(x),
    args: { x: values([-1000, -20, -3, -1, -0.3, 0.4, 1, 2, 20, 1000], [2, 5]) },
    gradientOf: ['x'],
  }),
);

/** Shapes that a kernel's blocks and lanes don't divide, and a mean far from 0, which must not cancel. */
const norms = (
  [
    [[1, 2, 2, 4], 2],
    [[2, 3, 5, 6], 3],
    [[3, 8, 8, 16], 4],
    [[2, 4, 4, 5], 1],
  ] as const
).map(([shape, groups]) => {
  const [, , , channels] = shape;
  const x = normal(shape, 1);
  return corpusCase({
    name: `groupNorm of [${shape}] in ${groups} groups`,
    fn: ({ x, scale, offset }) => groupNorm(x as Tensor4D, scale as Tensor1D, offset as Tensor1D, { groups }),
    args: { x: { ...x, data: x.data.map((value) => 0.3 * value + 5) }, scale: normal([channels], 2), offset: normal([channels], 3) },
    gradientOf: ['x', 'scale', 'offset'],
    tolerance: 2e-4,
  });
});

const upsampling = corpusCase({
  name: 'upsampleNearest',
  fn: ({ x }) => upsampleNearest(x as Tensor4D),
  args: { x: normal([3, 2, 3, 2]) },
  gradientOf: ['x'],
});

type Config = Readonly<Record<string, unknown>>;

/** The golden networks: every block, attention and option that diffusers has. */
function network(name: string, diffusersConfig: Config, t: readonly number[], differentiated: boolean): CorpusCase {
  const config = fromDiffusersConfig(diffusersConfig);
  const { predict } = createUNet(config);
  const weights: Readonly<Record<string, Argument>> = parameterWaves(config);
  const names = Object.keys(weights);
  const x = imageWaves(config);
  return corpusCase<string>({
    name: differentiated ? `a network's gradients: ${name}` : `a network: ${name}`,
    fn: (args) => {
      const weights = Object.fromEntries(names.map((name) => [name, args[`weights.${name}`]!]));
      return predict(weights, args.x as Tensor4D, args.t as Tensor1D);
    },
    args: { ...Object.fromEntries(names.map((name) => [`weights.${name}`, weights[name]!])), x, t: whole(t) },
    tolerance: NETWORK_TOLERANCE,
    ...(differentiated && { gradientOf: names.map((name) => `weights.${name}`) }),
  });
}

export const corpus: readonly CorpusCase[] = [
  ...activations,
  ...norms,
  upsampling,
  ...json.cases.map(({ name, config, t }) => network(name, config, t, false)),
  ...gradientsJson.cases.map(({ name, config, t }) => network(name, config, t, true)),
];
