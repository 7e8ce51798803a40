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
    const images = await collectBatches(loadImages(ten, [...samples].reverse(), { size: 2, channels: 1, batch: 3 }));
    expect(images.shape).toEqual([10, 2, 2, 1]);
    expect(Array.from({ length: 10 }, (_, i) => Math.round(255 * images.get(i, 1, 1, 0)))).toEqual([90, 80, 70, 60, 50, 40, 30, 20, 10, 0]);
  });

  test('cuts batches, the last one shorter; colour is the default', async () => {
    expect(await shapes(loadImages(ten, samples, { size: 4, batch: 4 }))).toEqual([
      [4, 4, 4, 3],
      [4, 4, 4, 3],
      [2, 4, 4, 3],
    ]);
  });

  test('reads no further ahead than a few images', async () => {
    const source = memorySource(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`train/good/${i}.png`, gray(1, 1, i)])));
    const many = Array.from({ length: 50 }, (_, i) => good(i));
    for await (const _ of loadImages(source, many, { size: 1, batch: 2 })) break;
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
    expect(() => loadImages(ten, samples, { size: 8, batch: 1.5 })).toThrow(ConfigError);
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
