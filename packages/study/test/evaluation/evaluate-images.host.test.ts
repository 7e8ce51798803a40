import { auPimo, pixelMetrics, precisionRecallCurve, proCurve, rankingMetrics, resampleMetrics, rocCurve } from '@rddpm/metrics';
import { toScores } from '@rddpm/report';
import { evaluateImages, type TestImage } from '@rddpm/study';
import { describe, expect, test } from 'vitest';
import { randomImages } from './random-images.ts';

/** What the functions of @rddpm/metrics say of images that are all in memory. */
function referenceOf(images: readonly TestImage[]) {
  return toScores({
    pixel: pixelMetrics(images),
    image: rankingMetrics(
      images.map(({ anomalous }) => (anomalous ? 1 : 0)),
      images.map(({ score }) => score),
    ),
  });
}

/** Whether all numbers of `found` are within 1e-12 of those of `expected`, and everything else is equal. */
function expectClose(found: unknown, expected: unknown): void {
  expect(found).toEqual(close(expected));
}

function close(value: unknown): unknown {
  if (typeof value === 'number') return Number.isNaN(value) ? value : expect.closeTo(value, 12);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, close(part)]));
}

const rectangles = (index: number) => [3 + (index % 4), 8 - (index % 3)] as const;

describe('images in memory', () => {
  test.each([
    { name: 'one size, many ties', sizeOf: undefined, levels: 4, from: undefined },
    { name: 'rectangles of many sizes', sizeOf: rectangles, levels: 1000, from: undefined },
    { name: 'float64', sizeOf: rectangles, levels: 30, from: Float64Array.from.bind(Float64Array) as typeof Float64Array.from },
  ])('have the metrics of @rddpm/metrics: $name', async ({ name: _, ...options }) => {
    for (let seed = 0; seed < 8; seed++) {
      const images = randomImages({ seed, kinds: ['crack', 'hole', 'stain'], good: 5, perKind: 4, ...options });
      const { all, defects } = await evaluateImages(images);
      expectClose(all, referenceOf(images));
      expect(defects.map(({ name, count }) => [name, count])).toEqual([
        ['crack', 4],
        ['hole', 4],
        ['stain', 4],
      ]);
      for (const { name, count: _, ...scores } of defects) {
        expectClose(scores, referenceOf(images.filter(({ kind, anomalous }) => kind === name || !anomalous)));
      }
    }
  });

  test('of one kind of defect have its scores for all', async () => {
    const { all, defects } = await evaluateImages(randomImages({ seed: 1, kinds: ['hole'], good: 3, perKind: 3 }));
    expect(defects).toEqual([{ name: 'hole', count: 3, ...all }]);
  });

  test('a kind may be shown by good images, too', async () => {
    const images = randomImages({ seed: 2, kinds: ['hole', 'stain'], good: 4, perKind: 3 }).map((image, i) =>
      i < 2 ? { ...image, kind: 'hole' } : image,
    );
    const { all, defects } = await evaluateImages(images);
    expectClose(all, referenceOf(images));
    const [{ name, count, ...hole }] = defects as [(typeof defects)[0]];
    expect([name, count]).toEqual(['hole', 3]);
    expectClose(hole, referenceOf(images.filter(({ kind, anomalous }) => kind === 'hole' || !anomalous)));
  });

  test('have AUPIMO and a record each, by path', async () => {
    const sizeOf = (index: number) => [400, index === 0 ? 300 : 10] as const;
    const images = randomImages({ seed: 3, kinds: ['stain', 'crack'], good: 2, perKind: 3, sizeOf, levels: 1e6 });
    const found = await evaluateImages(images);
    const { perImage, mean } = auPimo(images);
    expect(found.auPimo.mean).toBeCloseTo(mean, 12);
    expect(found.images.map(({ path }) => path)).toEqual(images.map(({ path }) => path).sort());
    for (const [i, { path, kind, anomalous, mask, width, height, score }] of images.entries()) {
      expect(found.images.find((record) => record.path === path)).toEqual({
        path,
        kind,
        anomalous,
        score,
        size: [width, height],
        mapSize: [width, height],
        defectivePixels: Array.from(mask).filter((label) => label === 1).length,
        auPimo: Number.isNaN(perImage[i]) ? Number.NaN : expect.closeTo(perImage[i]!, 12),
      });
    }
  });

  test('have the curves of all pixels, and of all images', async () => {
    const images = randomImages({ seed: 4, kinds: ['hole', 'stain'], good: 3, perKind: 2, levels: 5 });
    const { pixel, image } = (await evaluateImages(images)).curves();
    const [labels, scores] = [
      images.flatMap(({ mask }) => Array.from(mask)),
      Float32Array.from(images.flatMap(({ map }) => Array.from(map))),
    ];
    expect(pixel.roc).toEqual(rocCurve(labels, scores));
    expect(pixel.precisionRecall).toEqual(precisionRecallCurve(labels, scores));
    const pro = proCurve(images);
    expectClose({ ...pixel.pro.perRegionOverlap }, { ...pro.perRegionOverlap });
    expect(pixel.pro.falsePositiveRate).toEqual(pro.falsePositiveRate);
    const defective = images.map(({ anomalous }) => (anomalous ? 1 : 0));
    const imageScores = images.map(({ score }) => score);
    expect(image).toEqual({ roc: rocCurve(defective, imageScores), precisionRecall: precisionRecallCurve(defective, imageScores) });
  });

  test('are resampled in the order of their records', async () => {
    const images = randomImages({ seed: 5, kinds: ['hole', 'stain'], good: 4, perKind: 3, levels: 50 });
    const options = { samples: 30, seed: 2, levels: 16 };
    const { resampled, images: records } = await evaluateImages(images, { resample: options });
    const expected = resampleMetrics(
      records.map(({ path }) => images.find((image) => image.path === path)!),
      options,
    );
    expect(resampled!.values).toEqual(expected.values);
    expectClose(resampled!.estimate, expected.estimate);
  });

  test('may be read anew in each pass, and are counted', async () => {
    const images = randomImages({ seed: 5, kinds: ['hole', 'stain'], good: 3, perKind: 2 });
    let passes = 0;
    const reading = {
      async *[Symbol.asyncIterator]() {
        passes++;
        yield* images;
      },
    };
    let read = 0;
    const { curves: _, ...found } = await evaluateImages(reading, { onImage: () => read++ });
    const { curves: __, ...expected } = await evaluateImages(images);
    expect(found).toEqual(expected);
    expect([passes, read]).toEqual([2, 2 * images.length]);
  });

  test('the scores are asked for once', async () => {
    let asked = 0;
    const images = randomImages({ seed: 5, kinds: ['hole'], good: 2, perKind: 2 }).map(({ score, ...image }) => ({
      ...image,
      get score() {
        asked++;
        return score;
      },
    }));
    await evaluateImages(images);
    expect(asked).toBe(images.length);
  });
});

describe('errors', () => {
  const images = randomImages({ seed: 6, kinds: ['hole'], good: 2, perKind: 2 });

  test('no images', async () => {
    await expect(evaluateImages([])).rejects.toThrow(new RangeError('evaluateImages: there are no images; pass some'));
  });

  test('a map of another size than it says', async () => {
    await expect(evaluateImages([...images, { ...images[0]!, width: 6 }])).rejects.toThrow(RangeError);
  });

  test('a generator, which gives its images once', async () => {
    await expect(evaluateImages(images.values())).rejects.toThrow(/both must see the same images/);
  });

  test('what onImage throws ends the evaluation', async () => {
    const onImage = () => {
      throw new Error('interrupted');
    };
    await expect(evaluateImages(images, { onImage })).rejects.toThrow('interrupted');
  });
});
