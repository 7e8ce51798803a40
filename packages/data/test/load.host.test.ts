import { ConfigError, FormatError, ShapeError } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { collectBatches, type LoadMasksOptions, type LoadProblem, loadImages, loadMasks, type Sample } from '../src/index.ts';
import { gray, memorySource } from './memory-source.ts';

const good = (index: number): Sample => ({
  id: `good/${index}`,
  path: `train/good/${index}.png`,
  split: 'train',
  anomalous: false,
  kind: 'good',
});
const crack: Sample = { id: 'crack/0', path: 'test/crack/0.png', split: 'test', anomalous: true, kind: 'crack' };
const CRACK_MASK = 'ground_truth/crack/0_mask.png';
const truth: LoadMasksOptions['truth'] = async ({ id, anomalous }) =>
  anomalous ? { masks: [{ path: `ground_truth/${id}_mask.png` }] } : undefined;
const shapes = async (batches: AsyncIterable<{ shape: number[] }>) => {
  const all: number[][] = [];
  for await (const { shape } of batches) all.push(shape);
  return all;
};

describe('loadImages', () => {
  const ten = memorySource(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`train/good/${i}.png`, gray(2, 2, 10 * i)])));
  const samples = Array.from({ length: 10 }, (_, i) => good(i));

  test('gives [n, h, w, c] in [0, 1], in the order of the samples', async () => {
    const images = await collectBatches(loadImages(ten, [...samples].reverse(), { size: 2, channels: 1, batchSize: 3 }));
    expect(images.shape).toEqual([10, 2, 2, 1]);
    expect(Array.from({ length: 10 }, (_, i) => Math.round(255 * images.get(i, 1, 1, 0)))).toEqual([90, 80, 70, 60, 50, 40, 30, 20, 10, 0]);
  });

  test('cuts batches, the last one shorter; colour is the default', async () => {
    expect(await shapes(loadImages(ten, samples, { size: 4, batchSize: 4 }))).toEqual([
      [4, 4, 4, 3],
      [4, 4, 4, 3],
      [2, 4, 4, 3],
    ]);
  });

  test('resizes to any proportions: width is the third axis', async () => {
    const source = memorySource({ 'train/good/0.png': gray(4, 2, [0, 0, 51, 51, 102, 102, 255, 255]) });
    const images = await collectBatches(loadImages(source, [good(0)], { size: { width: 4, height: 3 }, channels: 1, fit: 'stretch' }));
    expect(images.shape).toEqual([1, 3, 4, 1]);
    expect(Array.from(images.data, (value) => Math.round(255 * value))).toEqual([0, 0, 51, 51, 51, 51, 153, 153, 102, 102, 255, 255]);
    const [square, sides] = await Promise.all(
      [3, { width: 3, height: 3 }].map((size) => collectBatches(loadImages(ten, samples, { size }))),
    );
    expect(sides).toEqual(square);
  });

  test("takes each picture's values by the white of its depth", async () => {
    const source = memorySource({
      'train/good/0.png': gray(3, 1, [0, 51, 255]),
      'train/good/1.png': gray(3, 1, Uint16Array.of(1, 13107, 65535)),
      'train/good/2.png': gray(3, 1, Float32Array.of(0, 0.2, 1)),
    });
    const images = await collectBatches(loadImages(source, [good(0), good(1), good(2)], { size: { width: 3, height: 1 }, channels: 1 }));
    expect(images.data).toEqual(Float32Array.of(0, 0.2, 1, 1 / 65535, 0.2, 1, 0, 0.2, 1));
  });

  test('what is beyond the range is black or white', async () => {
    const source = memorySource({ 'train/good/0.png': gray(2, 2, Float32Array.of(-0.25, 0.5, 1.5, 1)) });
    const { data } = await collectBatches(loadImages(source, [good(0)], { size: 2, channels: 1 }));
    expect(data).toEqual(Float32Array.of(0, 0.5, 1, 1));
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d among floats, and names the image', async (value) => {
    const source = memorySource({ 'train/good/0.png': gray(2, 2, Float32Array.of(0, 1, 0.5, value)) });
    const loading = collectBatches(loadImages(source, [good(0)], { size: 2 }));
    await expect(loading).rejects.toThrow(FormatError);
    await expect(loading).rejects.toThrow(`loadImages: train/good/0.png: is ${value} at x = 1, y = 1; pixels must be finite numbers`);
  });

  test('reads no further ahead than a few images', async () => {
    const source = memorySource(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`train/good/${i}.png`, gray(1, 1, i)])));
    const many = Array.from({ length: 50 }, (_, i) => good(i));
    for await (const _ of loadImages(source, many, { size: 1, batchSize: 2 })) break;
    expect(source.reads.length).toBeLessThan(10);
  });

  const broken = memorySource({ 'train/good/0.png': gray(1, 1, 0), 'train/good/1.png': null, 'train/good/2.png': gray(1, 1, 255) });

  test('names the image that does not decode', async () => {
    const loading = collectBatches(loadImages(broken, [good(0), good(1), good(2)], { size: 1 }));
    await expect(loading).rejects.toThrow(FormatError);
    await expect(loading).rejects.toThrow('loadImages: train/good/1.png: unexpected end of file');
  });

  test('with onError reports it and goes on with the rest', async () => {
    const problems: LoadProblem[] = [];
    const options = { size: 1, channels: 1, onError: (problem: LoadProblem) => problems.push(problem) } as const;
    const images = await collectBatches(loadImages(broken, [good(0), good(1), good(2), good(9)], options));
    expect([...images.data]).toEqual([0, 1]);
    expect(problems.map(({ sample, error }) => [sample.id, error.message])).toEqual([
      ['good/1', 'loadImages: train/good/1.png: unexpected end of file'],
      ['good/9', 'loadImages: train/good/9.png: no such file'],
    ]);
  });

  test('checks its options at once', () => {
    expect(() => loadImages(ten, samples, { size: 0 })).toThrow(/loadImages: size is 0/);
    expect(() => loadImages(ten, samples, { size: { width: 4, height: 0.5 } })).toThrow(/loadImages: size\.height is 0\.5/);
    expect(() => loadImages(ten, samples, { size: 8, batchSize: 1.5 })).toThrow(ConfigError);
    expect(() => loadImages(ten, samples, { size: 8, channels: 4 as 3 })).toThrow(/channels is 4; it must be 1 or 3/);
  });
});

describe('loadMasks', () => {
  const image = gray(4, 2, 100);

  test('gives 1 where the file is not black, whatever the value, and zeros for good images', async () => {
    const source = memorySource({
      'train/good/0.png': image,
      [crack.path]: image,
      [CRACK_MASK]: gray(4, 2, [0, 1, 7, 255, 0, 0, 0, 254]),
    });
    const masks = await collectBatches(loadMasks(source, [good(0), crack], { truth }));
    expect(masks.shape).toEqual([2, 2, 4]);
    expect([...masks.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1]);
  });

  test('gives 1 where the file is not black at any depth, and floats above white are no matter', async () => {
    const load = async (values: Uint16Array | Float32Array) => {
      const source = memorySource({ [crack.path]: gray(3, 1, 0), [CRACK_MASK]: gray(3, 1, values) });
      return [...(await collectBatches(loadMasks(source, [crack], { truth }))).data];
    };
    expect(await load(Uint16Array.of(0, 1, 65535))).toEqual([0, 1, 1]);
    expect(await load(Float32Array.of(0, 1e-6, 255))).toEqual([0, 1, 1]);
  });

  test('resizes to any proportions, blank masks too', async () => {
    const source = memorySource({ 'train/good/0.png': image, [crack.path]: image, [CRACK_MASK]: gray(4, 2, [0, 0, 9, 9, 0, 0, 0, 0]) });
    const masks = await collectBatches(loadMasks(source, [good(0), crack], { truth, size: { width: 2, height: 4 }, fit: 'stretch' }));
    expect(masks.shape).toEqual([2, 4, 2]);
    expect([...masks.data]).toEqual([...new Array<number>(8).fill(0), 0, 1, 0, 1, 0, 0, 0, 0]);
    expect(() => loadMasks(source, [], { truth, size: { width: 0, height: 4 } })).toThrow(/loadMasks: size\.width is 0/);
  });

  test('at their own sizes a batch ends where the size changes', async () => {
    const source = memorySource({ 'train/good/0.png': image, 'train/good/1.png': image, 'train/good/2.png': gray(3, 3, 0) });
    expect(await shapes(loadMasks(source, [good(0), good(1), good(2)], { truth }))).toEqual([
      [2, 2, 4],
      [1, 3, 3],
    ]);
  });

  test('refuses a mask of another size than its image, even when both are resized', async () => {
    const source = memorySource({ [crack.path]: image, [CRACK_MASK]: gray(2, 2, 255) });
    const loading = collectBatches(loadMasks(source, [crack], { truth, size: 8 }));
    await expect(loading).rejects.toThrow(FormatError);
    await expect(loading).rejects.toThrow(/crack\/0_mask\.png: 2x2 pixels, but its image test\/crack\/0\.png has 4x2/);
  });

  test('passes on what the layout says of a missing mask', async () => {
    const missing = async () => {
      throw new FormatError(`${crack.path} has no mask; ${CRACK_MASK} is missing`);
    };
    const loading = collectBatches(loadMasks(memorySource({ [crack.path]: image }), [crack], { truth: missing }));
    await expect(loading).rejects.toThrow(FormatError);
    await expect(loading).rejects.toThrow('loadMasks: test/crack/0.png has no mask; ground_truth/crack/0_mask.png is missing');
  });

  test('refuses an image without a mask unless it is known to be good', async () => {
    const { anomalous: _, ...unknown } = crack;
    const source = memorySource({ [crack.path]: image });
    const load = (sample: Sample) => collectBatches(loadMasks(source, [sample], { truth: async () => undefined }));
    await expect(load(crack)).rejects.toThrow('loadMasks: test/crack/0.png has no mask, though it is defective');
    await expect(load(unknown)).rejects.toThrow('loadMasks: test/crack/0.png has no mask, and nobody says that it is good');
    expect([...(await load({ ...crack, anomalous: false })).data]).toEqual(new Array(8).fill(0));
  });

  test('gives the union of several masks, and zeros for a defect of none', async () => {
    const source = memorySource({
      [crack.path]: image,
      a: gray(4, 2, [9, 0, 0, 0, 0, 0, 0, 3]),
      b: gray(4, 2, [1, 255, 0, 0, 0, 0, 0, 0]),
    });
    const marked = (...paths: string[]) =>
      collectBatches(loadMasks(source, [crack], { truth: async () => ({ masks: paths.map((path) => ({ path })) }) }));
    expect([...(await marked('a', 'b')).data]).toEqual([1, 1, 0, 0, 0, 0, 0, 1]);
    expect([...(await marked()).data]).toEqual(new Array(8).fill(0));
  });
});

test('collectBatches needs a batch, and batches of one shape', async () => {
  await expect(collectBatches(loadMasks(memorySource({}), [], { truth }))).rejects.toThrow(ShapeError);
  const source = memorySource({ 'train/good/0.png': gray(2, 2, 0), 'train/good/1.png': gray(3, 3, 0) });
  await expect(collectBatches(loadMasks(source, [good(0), good(1)], { truth }))).rejects.toThrow(
    /one batch is \[1,2,2\], another \[1,3,3\]/,
  );
});
