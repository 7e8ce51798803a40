import { expectClose, expectMethod, fitMethod, inMemory } from '@rddpm/conformance';
import { ConfigError, createRng, FormatError, imageSet, ShapeError, safetensorsParts } from '@rddpm/core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { pca } from '../src/index.ts';
import { pcaOf } from '../src/pca.ts';

const noise = (n: number, shape: readonly [number, number, number], seed: string) => {
  const rng = createRng(seed);
  return ndarray(
    Float32Array.from({ length: n * shape[0] * shape[1] * shape[2] }, () => rng.uniform()),
    [n, ...shape],
  );
};

const RUN = { backend: () => Promise.reject(new Error('directions need no backend')), rng: createRng(0) };

const dotProducts = (directions: Float32Array, width: number) => {
  const count = directions.length / width;
  return Array.from({ length: count * count }, (_, at) => {
    const [i, j] = [Math.floor(at / count), at % count];
    return directions.subarray(i * width, (i + 1) * width).reduce((sum, value, k) => sum + value * directions[j * width + k]!, 0);
  });
};

test('keeps what is promised of every method', async () => {
  const { model } = await expectMethod(pca, {
    training: imageSet(noise(7, [4, 6, 3], 'training')),
    test: imageSet(noise(3, [4, 6, 3], 'test')),
    config: { components: 2, error: 'squared', channelReduction: 'max' },
  });
  expect([model.origin.shape, model.directions.shape]).toEqual([
    [4, 6, 3],
    [2, 4, 6, 3],
  ]);
});

// scikit-learn 1.9.1: PCA(3, svd_solver='full') of six images, pixel i of them all 0.5 + 0.4 sin(0.37 i²); inverse_transform(transform) of 0.5 + 0.4 cos(0.9 i)
const GOLDEN = {
  components: [
    [
      0.0679294, -0.216987, -0.282219, -0.3596331, 0.2959181, -0.2403978, -0.1790436, -0.0619294, 0.5765949, 0.4463059, 0.055392,
      -0.1528049,
    ],
    [
      -0.238364, 0.4115254, 0.3431543, 0.1364771, 0.2058122, -0.0224303, -0.2909423, 0.4815621, -0.0574965, 0.2773049, 0.1676327,
      -0.4119863,
    ],
    [-0.2072489, -0.31095, -0.4162063, 0.520732, 0.166805, 0.2786433, -0.1715375, 0.1369869, -0.0929848, 0.1966955, 0.3693896, 0.2802285],
  ],
  rebuilt: [
    0.6460301, 0.6678181, 0.8800027, 0.0999998, 0.6244761, 0.2752224, 0.6078923, 0.4032145, 0.5605821, 0.4839684, 0.1839018, 0.4614911,
  ],
};

test('has the directions of scikit-learn up to their signs, and rebuilds as it does', async () => {
  const images = ndarray(
    Float32Array.from({ length: 6 * 12 }, (_, i) => 0.5 + 0.4 * Math.sin(i * i * 0.37)),
    [6, 2, 2, 3],
  );
  const config = pca.config.parse({ components: 3 });
  const { model } = await fitMethod(pca, config, imageSet(images));
  GOLDEN.components.forEach((expected, k) => {
    const direction = model!.directions.data.subarray(k * 12, (k + 1) * 12);
    const sign = Math.sign(direction[0]! * expected[0]!);
    expectClose(
      direction.map((value) => sign * value),
      expected,
      1e-6,
    );
  });
  const x = Float32Array.from({ length: 12 }, (_, i) => 0.5 + 0.4 * Math.cos(i * 0.9));
  const scorer = await pca.scorer(model!, config, RUN);
  const { maps, pictures } = await scorer.score({ values: ndarray(x, [1, 2, 2, 3]), range: 'pixels' });
  expectClose(pictures!.reconstruction!.data, GOLDEN.rebuilt, 1e-6);
  const errors = [...x].map((value, i) => Math.abs(value - GOLDEN.rebuilt[i]!));
  const means = [0, 3, 6, 9].map((i) => (errors[i]! + errors[i + 1]! + errors[i + 2]!) / 3);
  expectClose(maps.data, means, 1e-6);
});

test('more images than are decomposed at once have the same directions, as long as nothing is dropped on the way', async () => {
  const [n, width] = [70, 12];
  const rng = createRng('planted');
  const planted = noise(4, [2, 2, 3], 'planted').data;
  const values = new Float32Array(n * width);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < 4; k++) {
      const weight = (4 - k) * rng.uniform() + i / n; // what comes later has another mean
      for (let j = 0; j < width; j++) values[i * width + j]! += 0.05 * weight * planted[k * width + j]!;
    }
  const set = imageSet(ndarray(values, [n, 2, 2, 3]));
  const config = pca.config.parse({ components: 3 });
  const atOnce = (await fitMethod(pca, config, set)).model!;
  const { model, events } = await fitMethod(pcaOf({ rows: 12, values: 1000 }), config, set);
  expect(events.at(-1)).toMatchObject({ step: n, steps: n });
  expect(events.length).toBeGreaterThan(10);
  expectClose(model!.origin, atOnce.origin, 1e-6);
  const together = dotProducts(Float32Array.of(...atOnce.directions.data, ...model!.directions.data), width);
  for (const k of [0, 1, 2]) expect(Math.abs(together[k * 6 + k + 3]!)).toBeCloseTo(1, 4);
});

test('images that lie along one direction are rebuilt whole, and have no second one', async () => {
  const values = Float32Array.from({ length: 5 * 4 }, (_, at) => 0.1 + 0.1 * Math.floor(at / 4) * (at % 4 === 0 ? 1 : 0));
  const images = ndarray(values, [5, 2, 2, 1]);
  const config = pca.config.parse({ components: 3 });
  const { model } = await fitMethod(pca, config, imageSet(images));
  expect(model!.directions.shape).toEqual([1, 2, 2, 1]);
  const { maps } = await (await pca.scorer(model!, config, RUN)).score({ values: images, range: 'pixels' });
  expectClose(maps.data, new Float32Array(20), 1e-6);
});

test('of images that are all alike, the mean is left', async () => {
  const grey = ndarray(new Float32Array(3 * 4).fill(0.5), [3, 2, 2, 1]);
  const { model } = await fitMethod(pca, pca.config.parse({ components: 2 }), imageSet(grey));
  const decoded = await pca.files.decode(
    inMemory(
      pca.files.encode(model!, {
        version: 2,
        method: 'pca',
        input: { width: 2, height: 2, channels: 1 },
        config: {},
        smoothing: { sigma: 0, unit: 'pixels' },
        threshold: null,
        seed: 0,
      }),
    ),
  );
  expect(decoded.directions.shape).toEqual([0, 2, 2, 1]);
  const { maps } = await (await pca.scorer(decoded, pca.config.parse({}), RUN)).score({
    values: ndarray(Float32Array.of(0.5, 0.75, 0.5, 0.25), [1, 2, 2, 1]),
    range: 'pixels',
  });
  expectClose(maps.data, [0, 0.25, 0, 0.25], 1e-7);
});

test.each([
  [1, 1, /^pca: components is 1; 1 image of 4 values vary along 0 directions at most: there must be more of them$/],
  [4, 4, /^pca: components is 4; 4 images of 4 values vary along 3 directions at most: it must be 1 to 3$/],
  [9, 5, /along 4 directions at most/],
])('of %i images there are no %i components', async (n, components, message) => {
  const fitting = fitMethod(pca, pca.config.parse({ components }), imageSet(noise(n, [2, 2, 1], 'few')));
  await expect(fitting).rejects.toThrow(ConfigError);
  await expect(fitting).rejects.toThrow(message);
});

test('a fit that is aborted reads no further, and comes to nothing', async () => {
  const controller = new AbortController();
  const set = imageSet(noise(150, [2, 2, 1], 'many'));
  const fitting = pca.fit(set, pca.config.parse({ components: 1 }), { ...RUN, signal: controller.signal });
  expect(await fitting.next()).toMatchObject({ value: { step: 64, steps: 150 } });
  controller.abort();
  expect(await fitting.next()).toEqual({ done: true, value: undefined });
});

test('a file without its tensors holds no PCA', async () => {
  await expect(pca.files.decode(inMemory([]))).rejects.toThrow(new FormatError('memory holds no PCA: model.safetensors is missing'));
  const origin = { shape: [2, 2, 1], data: new Float32Array(4) };
  const other = { origin, directions: { shape: [1, 4, 1, 1], data: new Float32Array(4) } };
  for (const tensors of [{ origin }, other]) {
    const files = inMemory([{ path: 'model.safetensors', parts: safetensorsParts(tensors, {}) }]);
    await expect(pca.files.decode(files)).rejects.toThrow(/^memory holds no PCA: it must have tensors 'origin'/);
  }
});

test('images of another shape are refused', async () => {
  const { model } = await fitMethod(pca, pca.config.parse({ components: 1 }), imageSet(noise(4, [2, 3, 1], 'upright')));
  const scorer = await pca.scorer(model!, pca.config.parse({}), RUN);
  const turned = scorer.score({ values: noise(1, [3, 2, 1], 'turned'), range: 'pixels' });
  await expect(turned).rejects.toThrow(new ShapeError('score: images is [1,3,2,1]; for this model it must be [n, 2, 3, 1]'));
});

test('only another number of components calls for a new fit', () => {
  expect(pca.config.parse({})).toEqual({ components: 5, error: 'absolute', channelReduction: 'mean' });
  expect(['components', 'error', 'channels'].map((field) => pca.config.affects(field))).toEqual(['fit', 'score', 'score']);
  expect(() => pca.config.parse({ components: 0 })).toThrow(/^pca: .*at components/s);
});
