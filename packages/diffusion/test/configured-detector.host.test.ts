import { backend } from '@rddpm/conformance';
import { createRng, type DenoisingNetwork } from '@rddpm/core';
import { createDetector } from '@rddpm/detector';
import { ddimSampler, linearSchedule, simplexNoise } from '@rddpm/scheduler';
import { mul } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { createConfiguredDetector, type DetectionConfig, type ProcessConfig } from '../src/index.ts';

const detection = {
  reading: 'walk',
  forwardSteps: 100,
  reverseSteps: 120,
  evaluations: 3,
  spacing: 'trailing',
  sampler: { name: 'ddim', eta: 0.5, clip: 2 },
  encode: 'noise',
  draws: 2,
  error: 'absolute',
  channelReduction: 'max',
} as const satisfies DetectionConfig;
const diffusion: ProcessConfig = {
  schedule: { name: 'linear', steps: 500, betaStart: 2e-4, betaEnd: 0.03 },
  prediction: 'v_prediction',
  noise: { name: 'simplex', octaves: 2 },
};

test('the detector is the one that the config spells out', async () => {
  const network: DenoisingNetwork = { init: () => ({}), predict: (_, x) => mul(x, 0.3) };
  const rng = createRng(1);
  const images = ndarray(
    Float32Array.from({ length: 2 * 4 * 4 * 3 }, () => rng.uniform()),
    [2, 4, 4, 3],
  );
  const smoothing = { sigma: 1, unit: 'pixels' } as const;
  const shared = { network, weights: {}, backend, smoothing };
  const { maps } = await createConfiguredDetector({ ...shared, diffusion, detection, rng: createRng(3) }).detect(images);
  const { sampler: _, ...rest } = detection;
  const schedule = linearSchedule({ steps: 500, betaStart: 2e-4, betaEnd: 0.03 });
  const expected = await createDetector({
    ...shared,
    ...rest,
    schedule,
    sampler: ddimSampler(schedule, { eta: 0.5, clip: 2, prediction: 'v_prediction' }),
    noise: simplexNoise({ octaves: 2 }),
    rng: createRng(3).fork('detection'),
  }).detect(images);
  expect([...maps.data]).toEqual([...expected.maps.data]);
});
