/** What `rddpm evaluate` does with files, masks and threads is tested there; here is what only the function shows. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FormatError } from '@rddpm/core';
import { encodeNpy, evaluateImages, evaluateMaps, type MapFiles, mapName } from '@rddpm/study';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { randomImages } from './random-images.ts';

const IMAGES = randomImages({ seed: 7, kinds: ['hole', 'stain'], good: 3, perKind: 2, levels: 9, sizeOf: (i) => [9 + i, 5] });

/** Images that aren't square, in a layout of nobody's. */
async function writeFiles(): Promise<MapFiles> {
  const dataset = mkdtempSync(join(tmpdir(), 'rddpm-study-'));
  const write = (path: string, bytes: Uint8Array) => {
    mkdirSync(dirname(join(dataset, path)), { recursive: true });
    writeFileSync(join(dataset, path), bytes);
    return join(dataset, path);
  };
  const images = [];
  for (const { path, kind, anomalous, map, mask, width, height } of IMAGES) {
    const png = await sharp(
      Uint8Array.from(mask, (label) => 255 * label),
      { raw: { width, height, channels: 1 } },
    )
      .png()
      .toBuffer();
    write(path, png);
    write(`${path}.mask.png`, png);
    const sample = { id: path.slice('test/'.length, -'.png'.length), path, kind, anomalous };
    const npy = encodeNpy({ shape: [height, width], data: Float32Array.from(Array.from(map)) });
    images.push({ sample, map: write(`maps/${mapName(sample)}`, npy) });
  }
  return { dataset, images, truth: async ({ path, anomalous }) => (anomalous ? { masks: [{ path: `${path}.mask.png` }] } : undefined) };
}

test('maps in files have the evaluation of the same maps in memory', async () => {
  const files = await writeFiles();
  const resample = { samples: 10 };
  const { images, curves, ...found } = await evaluateMaps(files, { resample });
  const expected = await evaluateImages(IMAGES, { resample });
  const { all, auPimo, defects, resampled } = expected;
  expect(found).toEqual({ all, auPimo, defects, resampled });
  expect(curves()).toEqual(expected.curves());
  expect(images).toEqual(expected.images.map((image) => ({ ...image, mapFile: image.path.replace('test/', '').replace('.png', '.npy') })));
});

test('maps are resized to the side length that is asked for, and their records say from what', async () => {
  const { images } = await evaluateMaps({ ...(await writeFiles()), size: 12, pooling: 'mean' });
  const [width, height] = [IMAGES.find(({ path }) => path === images[0]!.path)!, 5].map((of) => (typeof of === 'number' ? of : of.width));
  expect(images[0]).toMatchObject({ size: [12, 12], mapSize: [width, height] });
});

test('a truth that is not to be had ends the evaluation, and names the image', async () => {
  const files = await writeFiles();
  const truth = async () => {
    throw new FormatError('test/good/000.png has no mask');
  };
  const error = await evaluateMaps({ ...files, truth }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(FormatError);
  expect((error as Error).message).toBe('loadMasks: test/good/000.png has no mask');
});

test('every reading is told', async () => {
  let read = 0;
  await evaluateMaps(await writeFiles(), { threads: 3, onImage: () => read++ });
  expect(read).toBe(2 * IMAGES.length);
});
