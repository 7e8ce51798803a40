import { ConfigError, createRng } from '@rddpm/core';
import { contaminate } from '@rddpm/data';
import { describe, expect, test } from 'vitest';
import { SYNTHETIC_KINDS, type SyntheticKind, type SyntheticSample, stackImages, stackMasks, synthesize } from '../../src/index.ts';
import { render } from '../../src/synthetic/scene.ts';

const SIZE = 32;

/**
 * Shares of the picture that defects mark, and what pixel AUROC the distance to the mean, and brightness, may have. All of the plate's small flaws lie
 * on the plate, which is bright and in the middle: whoever marks it whole has most of the pixels right.
 */
const EXPECTED: Readonly<Record<SyntheticKind, { area: readonly [least: number, most: number]; distance: number; brightness: number }>> = {
  bottle: { area: [0.01, 0.25], distance: 0.8, brightness: 0.75 },
  carpet: { area: [0.01, 0.25], distance: 0.8, brightness: 0.75 },
  grid: { area: [0.01, 0.25], distance: 0.8, brightness: 0.75 },
  plate: { area: [0.0005, 0.01], distance: 0.9, brightness: 0.9 },
};
const drawn = new Map(
  SYNTHETIC_KINDS.map((kind) => [
    kind,
    synthesize({ kind, size: SIZE, train: 60, testGood: 12, testPerDefect: 10, rng: createRng(0) }).samples,
  ]),
);
const of = (kind: SyntheticKind, split: 'train' | 'test') => drawn.get(kind)!.filter((sample) => sample.split === split);
const area = ({ mask }: SyntheticSample) => mask.data.reduce((sum, value) => sum + value, 0);

describe.each(SYNTHETIC_KINDS)('%s', (kind) => {
  test('good images have empty masks; defects mark as much of the picture as they should', () => {
    const [least, most] = EXPECTED[kind].area;
    for (const sample of drawn.get(kind)!) {
      const share = area(sample) / SIZE ** 2;
      if (sample.kind === 'good') expect(share).toBe(0);
      else expect(share, sample.path).toSatisfy((value: number) => value > least && value < most);
    }
  });

  test('pixels are what a PNG can hold, and masks 0 or 1', () => {
    for (const { image, mask } of drawn.get(kind)!) {
      expect(image.data.every((value) => value >= 0 && value <= 1 && value === Math.fround(Math.round(255 * value) / 255))).toBe(true);
      expect(mask.data.every((value) => value === 0 || value === 1)).toBe(true);
    }
  });

  test('the distance to the mean training image is a poor detector', () => {
    const tests = of(kind, 'test');
    const mean = meanImage(of(kind, 'train'));
    const scores = tests.flatMap((sample) => [...smooth(squaredDistance(sample, mean), SIZE, (2 * SIZE) / 64)]);
    const auroc = rankAuc(
      tests.flatMap(({ mask }) => [...mask.data]),
      scores,
    );
    console.info(`${kind}: the distance to the mean has a pixel AUROC of ${auroc.toFixed(3)}`);
    expect(auroc).toBeLessThan(EXPECTED[kind].distance);
  });

  test('nor is brightness, or darkness', () => {
    const tests = of(kind, 'test');
    const bright = tests.flatMap(({ image }) =>
      Array.from({ length: SIZE ** 2 }, (_, p) => image.data[3 * p]! + image.data[3 * p + 1]! + image.data[3 * p + 2]!),
    );
    const auroc = rankAuc(
      tests.flatMap(({ mask }) => [...mask.data]),
      bright,
    );
    expect(Math.max(auroc, 1 - auroc)).toBeLessThan(EXPECTED[kind].brightness);
  });

  test('a defect differs from its surroundings: marked pixels lie further from their unmarked neighbourhood than others do', () => {
    const difference = (marked: 0 | 1) => {
      const all = of(kind, 'test').flatMap((sample) => (area(sample) === 0 ? [] : contrastToSurroundings(sample, marked)));
      return all.reduce((sum, value) => sum + value, 0) / all.length;
    };
    expect(difference(1)).toBeGreaterThan(1.5 * difference(0));
  });
});

test('has the paths of MVTec AD, in the order that parseMvtec gives', () => {
  const { samples } = synthesize({ size: 16, train: 2, testGood: 1, testPerDefect: 1, rng: createRng(0) });
  expect(samples.map(({ image: _, mask: __, severity: ___, ...sample }) => sample)).toEqual([
    { id: 'good/000', path: 'train/good/000.png', split: 'train', anomalous: false, kind: 'good' },
    { id: 'good/001', path: 'train/good/001.png', split: 'train', anomalous: false, kind: 'good' },
    { id: 'cut/000', path: 'test/cut/000.png', split: 'test', anomalous: true, kind: 'cut' },
    { id: 'good/000', path: 'test/good/000.png', split: 'test', anomalous: false, kind: 'good' },
    { id: 'hole/000', path: 'test/hole/000.png', split: 'test', anomalous: true, kind: 'hole' },
    { id: 'stain/000', path: 'test/stain/000.png', split: 'test', anomalous: true, kind: 'stain' },
    { id: 'thread/000', path: 'test/thread/000.png', split: 'test', anomalous: true, kind: 'thread' },
  ]);
});

describe('severity', () => {
  test('is the root mean square change of the whole picture: 0.4 more on a quarter of it is 51 of 255, at any size', () => {
    const scene = { surface: () => [0.5, 0.5, 0.5] as const, light: () => 1, flaws: {} };
    const corner = (x: number, y: number) => (x < 0.5 && y < 0.5 ? { colour: [0.9, 0.9, 0.9] as const, marked: true } : undefined);
    for (const size of [16, 48]) expect(render(scene, corner, size, createRng(0)).change).toBeCloseTo(255 * 0.4 * Math.sqrt(0.25), 10);
    expect(render(scene, undefined, 16, createRng(0)).change).toBe(0);
  });

  test.each(SYNTHETIC_KINDS)('%s: every defect has one, and hardly another at twice the size; good images have none', (kind) => {
    const at = (size: number) => synthesize({ kind, size, train: 1, testGood: 1, testPerDefect: 4, rng: createRng(0) }).samples;
    const large = at(2 * SIZE);
    for (const [i, { anomalous, severity }] of at(SIZE).entries()) {
      if (!anomalous) expect(severity).toBeUndefined();
      else expect(severity! / large[i]!.severity!).toSatisfy((ratio: number) => ratio > 0.6 && ratio < 1.1);
    }
  });
});

test('equal seeds give equal pictures, other seeds others', () => {
  const draw = (seed: number) =>
    stackImages(synthesize({ size: 16, train: 2, testGood: 1, testPerDefect: 1, rng: createRng(seed) }).samples).data;
  expect(draw(3)).toEqual(draw(3));
  expect(draw(3)).not.toEqual(draw(4));
});

test('an image does not depend on how many others there are', () => {
  const draw = (train: number) => synthesize({ size: 16, train, testGood: 1, testPerDefect: 1, rng: createRng(0) }).samples;
  const find = (samples: readonly SyntheticSample[]) => samples.find(({ path }) => path === 'test/hole/000.png')!.image.data;
  expect(find(draw(1))).toEqual(find(draw(3)));
});

test('contaminate takes the samples with their pictures, and stacks keep the order', () => {
  const { samples } = contaminate(of('carpet', 'train').concat(of('carpet', 'test')), { ratio: 0.2, rng: createRng(0) });
  const training = samples.filter(({ split }) => split === 'train');
  const images = stackImages(training);
  const masks = stackMasks(training);
  expect(images.shape).toEqual([72, SIZE, SIZE, 3]);
  expect(masks.shape).toEqual([72, SIZE, SIZE]);
  expect(images.get(71, 5, 6, 2)).toBe(training[71]!.image.get(5, 6, 2));
  const marked = training.map((_, i) => masks.data.subarray(i * SIZE ** 2, (i + 1) * SIZE ** 2).some((value) => value === 1));
  expect(marked).toEqual(training.map(({ contaminant }) => contaminant === true));
});

test('throws ConfigError for what cannot be', () => {
  const rng = createRng(0);
  expect(() => synthesize({ kind: 'wood' as 'grid', rng })).toThrow(/kind is 'wood'; it must be one of bottle, carpet, grid, plate/);
  expect(() => synthesize({ size: 8, rng })).toThrow(ConfigError);
  expect(() => synthesize({ train: -1, rng })).toThrow(/synthesize: train is -1/);
});

function meanImage(samples: readonly SyntheticSample[]): Float64Array {
  const mean = new Float64Array(SIZE * SIZE * 3);
  for (const { image } of samples) for (const [i, value] of image.data.entries()) mean[i]! += value / samples.length;
  return mean;
}

function squaredDistance({ image }: SyntheticSample, mean: Float64Array): Float64Array {
  const square = (at: number) => (image.data[at]! - mean[at]!) ** 2;
  return Float64Array.from({ length: SIZE * SIZE }, (_, p) => (square(3 * p) + square(3 * p + 1) + square(3 * p + 2)) / 3);
}

/** Gaussian, mirrored at the borders. */
function smooth(map: Float64Array, size: number, sigma: number): Float64Array {
  const reach = Math.ceil(4 * sigma);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const total = kernel.reduce((sum, value) => sum + value, 0);
  const mirror = (i: number) => (i < 0 ? -1 - i : i >= size ? 2 * size - 1 - i : i);
  const along = (from: Float64Array, at: (p: number, shift: number) => number) =>
    from.map((_, p) => kernel.reduce((sum, weight, i) => sum + weight * from[at(p, i - reach)]!, 0) / total);
  const rows = along(map, (p, shift) => p - (p % size) + mirror((p % size) + shift));
  return along(rows, (p, shift) => mirror(Math.floor(p / size) + shift) * size + (p % size));
}

/** P(a marked pixel scores higher than an unmarked one), by ranks; scores here have no ties to speak of. */
function rankAuc(labels: readonly number[], scores: readonly number[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const rankSum = order.reduce((sum, i, rank) => sum + (labels[i] === 1 ? rank + 1 : 0), 0);
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (labels.length - positives));
}

/** For pixels that are `marked` or not: the root mean square difference to the mean colour of unmarked pixels at most 4 away. */
function contrastToSurroundings({ image, mask }: SyntheticSample, marked: 0 | 1): number[] {
  const values: number[] = [];
  for (let y = 0; y < SIZE; y += 2) {
    for (let x = 0; x < SIZE; x += 2) {
      if (mask.get(y, x) !== marked) continue;
      const sum = [0, 0, 0, 0];
      for (let v = Math.max(0, y - 4); v <= Math.min(SIZE - 1, y + 4); v++)
        for (let u = Math.max(0, x - 4); u <= Math.min(SIZE - 1, x + 4); u++) {
          if (mask.get(v, u) === 1) continue;
          sum[3]!++;
          for (let k = 0; k < 3; k++) sum[k]! += image.get(v, u, k);
        }
      if (sum[3]! > 0) values.push(Math.hypot(...[0, 1, 2].map((k) => image.get(y, x, k) - sum[k]! / sum[3]!)) / Math.sqrt(3));
    }
  }
  return values;
}
