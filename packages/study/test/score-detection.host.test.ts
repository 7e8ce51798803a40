import { createRng, ShapeError } from '@rddpm/core';
import { pixelMetrics, rankingMetrics } from '@rddpm/metrics';
import { toScores } from '@rddpm/report';
import { scoreDetection, type TestDetection, type TestSet, testImagesOf } from '@rddpm/study';
import ndarray from 'ndarray';
import { describe, expect, test } from 'vitest';
import { randomImages } from './evaluation/random-images.ts';

const [WIDTH, HEIGHT] = [7, 5];

function detectionOf(kinds: readonly string[], good = 3, seed = 0): { test: TestSet; detection: Required<TestDetection> } {
  const images = randomImages({ seed, kinds, good, perKind: 3, levels: 6, sizeOf: () => [WIDTH, HEIGHT] });
  const shape = [images.length, HEIGHT, WIDTH];
  const rng = createRng(seed);
  const pixels = () => ndarray(Float32Array.from({ length: images.length * HEIGHT * WIDTH * 3 }, rng.uniform), [...shape, 3]);
  return {
    test: {
      samples: images.map(({ path, kind, anomalous }, i) => ({ id: `${i}`, path, kind, anomalous, split: 'test' })),
      images: pixels(),
      masks: ndarray(Uint8Array.from(images.flatMap(({ mask }) => Array.from(mask))), shape),
    },
    detection: {
      maps: ndarray(Float32Array.from(images.flatMap(({ map }) => Array.from(map))), shape),
      scores: Float64Array.from(images, ({ score }) => score),
      reconstructions: pixels(),
    },
  };
}

/** Image by image, with the functions that know all pixels at once. */
function referenceOf({ test: { samples, masks, images }, detection }: ReturnType<typeof detectionOf>, of: (kind: string) => boolean) {
  const rows = samples.flatMap(({ kind, anomalous }, i) => (!anomalous || of(kind) ? [i] : []));
  const pixels = (i: number) => [i * WIDTH * HEIGHT, (i + 1) * WIDTH * HEIGHT] as const;
  const squares = samples.flatMap(({ anomalous }, i) => {
    const [from, to] = pixels(i).map((at) => 3 * at) as [number, number];
    const differences = images.data.subarray(from, to).map((value, k) => value - detection.reconstructions.data[from + k]!);
    return anomalous ? [] : [...differences].map((difference) => difference ** 2);
  });
  const mse = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  const raw = {
    pixel: pixelMetrics(
      rows.map((i) => ({
        map: detection.maps.data.subarray(...pixels(i)),
        mask: masks.data.subarray(...pixels(i)),
        width: WIDTH,
        height: HEIGHT,
      })),
    ),
    image: rankingMetrics(
      rows.map((i) => (samples[i]!.anomalous ? 1 : 0)),
      rows.map((i) => detection.scores[i]!),
    ),
  };
  return { all: toScores({ ...raw, reconstruction: { mse, psnr: -10 * Math.log10(mse) } }), defect: toScores(raw) };
}

function numbers(value: object): [string, unknown][] {
  return Object.entries(value).flatMap(([name, part]) =>
    typeof part === 'object' && part !== null
      ? numbers(part).map(([rest, leaf]): [string, unknown] => [`${name}.${rest}`, leaf])
      : [[name, part]],
  );
}

function expectClose(found: object, expected: object, digits = 12): void {
  const wanted = numbers(expected).map(([name, value]) => [name, typeof value === 'number' ? expect.closeTo(value, digits) : value]);
  expect(numbers(found)).toEqual(wanted); // in the same order, too: results.json keeps it
}

describe('a detection', () => {
  test.each([[['crack', 'hole', 'stain']], [['hole']]])('of %j has the metrics of results.json', async (kinds) => {
    for (let seed = 0; seed < 8; seed++) {
      const input = detectionOf(kinds, 3, seed);
      const { defects, ...all } = await scoreDetection(input.test, input.detection, new Set(['hole']));
      expectClose(all, referenceOf(input, () => true).all, 7); // reconstructions are of float32
      expectClose(all.pixel, referenceOf(input, () => true).all.pixel);
      expectClose(
        defects,
        kinds.map((name) => ({
          name,
          seenInTraining: name === 'hole',
          count: 3,
          ...referenceOf(input, (kind) => kind === name).defect,
        })),
      );
    }
  });

  test('without good images says why, reconstruction included', async () => {
    const { test: set, detection } = detectionOf(['hole'], 0);
    const { image, reconstruction, undefined: reasons, defects } = await scoreDetection(set, detection, new Set());
    expect([image.auroc, reconstruction]).toEqual([null, { mse: null, psnr: null }]);
    expect(Object.keys(reasons!)).toEqual(['pixel.auPimo', 'image.auroc', 'reconstruction.mse', 'reconstruction.psnr']);
    expect(Object.keys(defects[0]!.undefined!)).toEqual(['pixel.auPimo', 'image.auroc']);
  });

  test('without reconstructions has no scores of them', async () => {
    const { test: set, detection } = detectionOf(['hole']);
    const { reconstructions: _, ...mapsOnly } = detection;
    expect(await scoreDetection(set, mapsOnly, new Set())).not.toHaveProperty('reconstruction');
  });

  test('may be a part of a larger array', async () => {
    const { test: set, detection } = detectionOf(['hole', 'stain']);
    const rows = { ...set, samples: set.samples.slice(2), masks: set.masks.lo(2), images: set.images.lo(2) };
    const part = {
      maps: detection.maps.lo(2),
      scores: [...(detection.scores as Float64Array)].slice(2),
      reconstructions: detection.reconstructions.lo(2),
    };
    const copied = testImagesOf(set, detection).slice(2);
    expect(testImagesOf(rows, part)).toEqual(copied);
    expect((await scoreDetection(rows, part, new Set())).reconstruction!.mse).toBeGreaterThan(0);
  });

  test('needs a map, a mask and a score for each sample', async () => {
    const { test: set, detection } = detectionOf(['hole']);
    const { maps, scores, reconstructions } = detection;
    const refused = (other: Partial<TestDetection>) => scoreDetection(set, { ...detection, ...other }, new Set());
    await expect(refused({ maps: maps.lo(1) })).rejects.toThrow(ShapeError);
    await expect(refused({ maps: maps.transpose(0, 2, 1) })).rejects.toThrow(
      /maps are \[6,7,5\], masks \[6,5,7\], with 6 scores of 6 samples/,
    );
    await expect(refused({ scores: [...(scores as Float64Array), 1] })).rejects.toThrow(/with 7 scores of 6 samples/);
    await expect(refused({ reconstructions: reconstructions.lo(1) })).rejects.toThrow(
      /images are \[6,5,7,3\], reconstructions \[5,5,7,3\]/,
    );
  });
});
