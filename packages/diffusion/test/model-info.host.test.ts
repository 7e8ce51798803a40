import { backend } from '@rddpm/conformance';
import { createRng, type DenoisingNetwork, FormatError } from '@rddpm/core';
import { createDetector } from '@rddpm/detector';
import { ddimSampler, linearSchedule, simplexNoise } from '@rddpm/scheduler';
import { mul } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import {
  CHUNK,
  createConfiguredDetector,
  type DetectionConfig,
  MODEL_INFO,
  type ModelInfo,
  modelInfoIn,
  pickImages,
  thresholdImages,
  thresholdOf,
} from '../src/index.ts';

const detection: DetectionConfig = {
  forwardSteps: 100,
  reverseSteps: 120,
  evaluations: 3,
  spacing: 'trailing',
  sampler: { name: 'ddim', eta: 0.5, clip: 2 },
  encode: 'noise',
  draws: 2,
  error: 'absolute',
  channels: 'max',
  smoothing: 1,
};
const diffusion: ModelInfo['diffusion'] = {
  schedule: { name: 'linear', steps: 500, betaStart: 2e-4, betaEnd: 0.03 },
  prediction: 'v_prediction',
  noise: { name: 'simplex', octaves: 2 },
};
const info = {
  version: 1,
  size: 4,
  channels: 3,
  diffusion,
  detection,
  threshold: { value: 0.1, quantile: 0.9, images: 2 },
  seed: 3,
  steps: 9,
};

test('the detector is the one that the config spells out', async () => {
  const network: DenoisingNetwork = { init: () => ({}), predict: (_, x) => mul(x, 0.3) };
  const images = ndarray(
    createRng(1)
      .normal(new Float32Array(2 * 4 * 4 * 3))
      .map((value) => 1 / (1 + Math.exp(value))),
    [2, 4, 4, 3],
  );
  const { maps } = await createConfiguredDetector({ network, weights: {}, backend, diffusion, detection, seed: 3 }).detect(images);
  const { sampler: _, smoothing: sigma, ...rest } = detection;
  const spelled = linearSchedule({ steps: 500, betaStart: 2e-4, betaEnd: 0.03 });
  const expected = await createDetector({
    network,
    weights: {},
    backend,
    schedule: spelled,
    sampler: ddimSampler(spelled, { eta: 0.5, clip: 2, prediction: 'v_prediction' }),
    noise: simplexNoise({ octaves: 2 }),
    rng: createRng(3).fork('detection'),
    batchSize: CHUNK,
    ...rest,
    smoothing: { sigma, unit: 'side/64' },
  }).detect(images);
  expect([...maps.data]).toEqual([...expected.maps.data]);
});

test('a threshold comes from at most 32 training images, evenly spread', () => {
  const training = ndarray(
    Float32Array.from({ length: 2 * 64 }, (_, i) => i),
    [64, 1, 1, 2],
  );
  const chosen = thresholdImages(training);
  expect(chosen.shape).toEqual([32, 1, 1, 2]);
  expect([...chosen.data]).toEqual(Array.from({ length: 32 }, (_, i) => [4 * i, 4 * i + 1]).flat());
  const few = ndarray(Float32Array.of(1, 2, 3), [3, 1, 1, 1]);
  expect([...thresholdImages(few).data]).toEqual([1, 2, 3]);
  expect(thresholdOf(Float64Array.from({ length: 11 }, (_, i) => i))).toEqual({ value: 9, quantile: 0.9, images: 11 });
});

test('rows are picked from a view as from an array', () => {
  const images = ndarray(Float32Array.of(0, 1, 2, 3, 4, 5), [3, 1, 2, 1]);
  expect([...pickImages(images.lo(1), [1, 0]).data]).toEqual([4, 5, 2, 3]);
  expect([...pickImages(images.transpose(0, 2, 1, 3), [2]).data]).toEqual([4, 5]);
});

describe("a model's info", () => {
  const read = (value: unknown) =>
    modelInfoIn({ [MODEL_INFO]: typeof value === 'string' ? value : JSON.stringify(value) }, 'a.safetensors');

  test('comes back out of the metadata', () => {
    expect(read(info)).toEqual(info);
  });

  test.each([
    ['nothing', {}, /a\.safetensors: a network, but nothing says how images are prepared: its metadata lacks 'rddpm\.json'/],
    ['no JSON', { [MODEL_INFO]: '{' }, /a\.safetensors: the metadata's 'rddpm\.json' is not JSON/],
    ['another version', { [MODEL_INFO]: JSON.stringify({ ...info, version: 2 }) }, /is not what it should be:\n.*version/s],
    ['a field that is unknown', { [MODEL_INFO]: JSON.stringify({ ...info, extra: 1 }) }, /extra/],
  ])('is refused: %s', (_, metadata, message) => {
    expect(() => modelInfoIn(metadata, 'a.safetensors')).toThrow(FormatError);
    expect(() => modelInfoIn(metadata, 'a.safetensors')).toThrow(message);
  });
});
