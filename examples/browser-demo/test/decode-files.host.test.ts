import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { collectBatches, imagesLayout, loadImages, openDataset, preparationOf } from '@rddpm/data';
import { folderSource } from '@rddpm/data/node';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { ChosenFile } from '../src/messages.ts';
import { decodeFiles } from '../src/worker/decode-files.ts';
import { toBytes, toSet } from '../src/worker/images.ts';
import { judge } from '../src/worker/judge.ts';
import { type PrepareOptions, prepare } from '../src/worker/prepare.ts';

const SIZE = 16;
const preparation = preparationOf('the tests', { size: SIZE, channels: 1 });
const signal = new AbortController().signal;

type Files = Readonly<Record<string, Uint8Array>>;

const chosen = (files: Files): ChosenFile[] =>
  Object.entries(files).map(([path, bytes]) => ({ path, file: new File([new Uint8Array(bytes)], path.split('/').at(-1)!) }));

const decode = (files: Files, options: { readonly preparation?: typeof preparation; readonly seed?: number } = {}) =>
  decodeFiles(chosen(files), { preparation, seed: 0, progress: () => {}, signal, ...options });

const prepared = (files: Files, choices: Partial<PrepareOptions['choices']> = {}) =>
  prepare({
    choices: { contamination: 0, normals: 0, perDefect: 0, seed: 0, ...choices },
    files: chosen(files),
    preparation,
    progress: () => {},
    signal,
  });

/** A disc as wide as half of the shorter side, in the middle of a table. */
const photograph = (width: number, height: number) =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%"/><circle cx="50%" cy="50%" r="${Math.min(width, height) / 4}" fill="#fff"/></svg>`,
    ),
  )
    .flatten()
    .png()
    .toBuffer();

const plain = (shade: number, width = 20, height = 20) =>
  sharp({ create: { width, height, channels: 3, background: { r: shade, g: shade, b: shade } } })
    .png()
    .toBuffer();

/** White in a square of 8 pixels in its upper left corner. */
const mask = (width = 20, height = 20) =>
  sharp({ create: { width, height, channels: 3, background: '#000' } })
    .composite([{ input: { create: { width: 8, height: 8, channels: 3, background: '#fff' } }, left: 0, top: 0 }])
    .png()
    .toBuffer();

describe('photographs of any proportions', () => {
  const sizes = [
    [64, 32],
    [32, 64],
    [48, 48],
  ] as const;

  test('have round discs, and the pixels that the command line has', async () => {
    const files: Record<string, Uint8Array> = {};
    for (const [width, height] of sizes) files[`table/${width}.png`] = await photograph(width, height);
    const { samples } = await decode(files);
    const trained = samples.filter(({ split }) => split === 'train');
    expect(trained.map(({ path }) => path)).toEqual(['32.png', '48.png', '64.png']);
    expect(trained.map(({ content }) => content)).toEqual([
      { x: 4, y: 0, width: 8, height: 16 },
      { x: 0, y: 0, width: 16, height: 16 },
      { x: 0, y: 4, width: 16, height: 8 },
    ]);
    for (const { pixels } of trained) {
      const lit = [...pixels.keys()].filter((at) => pixels[at]! > 127);
      const extent = (of: (at: number) => number) => Math.max(...lit.map(of)) - Math.min(...lit.map(of)) + 1;
      expect(extent((at) => at % SIZE)).toBe(extent((at) => Math.floor(at / SIZE)));
    }

    const folder = await mkdtemp(join(tmpdir(), 'rddpm-demo-'));
    try {
      for (const [path, bytes] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), bytes);
      }
      const source = folderSource(join(folder, 'table'));
      const { samples: listed } = await openDataset(source, { layouts: [imagesLayout] });
      const expected = toBytes((await collectBatches(loadImages(source, listed, preparation))).data);
      expect(trained.flatMap(({ pixels }) => [...pixels])).toEqual([...expected]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('are padded, which is said, and neither scored nor judged', async () => {
    const data = await prepared({ 'wide.png': await photograph(64, 32), 'square.png': await photograph(48, 48) });
    expect(data.remarks.join()).toContain('filled up with the pixels of their edges, which are not judged');
    const { valid } = await toSet(data.test, data.testInfo, data).read(Int32Array.of(1, 0));
    const rows = Array.from({ length: SIZE }, (_, y) => valid!.get(0, y, 3));
    expect(data.testInfo.map(({ path }) => path)).toEqual(['square.png', 'wide.png']);
    expect(rows).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
    expect(valid!.get(1, 0, 0)).toBe(1);

    // the content is ranked perfectly; padding would be in the way
    const masks = new Uint8Array(SIZE * SIZE).fill(1, 4 * SIZE, 5 * SIZE);
    const maps = new Float32Array(SIZE * SIZE)
      .fill(9)
      .fill(1, 4 * SIZE, 5 * SIZE)
      .fill(0, 5 * SIZE, 12 * SIZE);
    const testInfo = [{ ...data.testInfo[1]!, masked: true }];
    expect(judge(maps, { ...data, masks, testInfo })).toMatchObject({ auroc: 1, averagePrecision: 1 });
  });

  test('for an opened model become what its own training images were', async () => {
    const stretched = { ...preparation, fit: 'stretch' } as const;
    const { samples, preparation: used } = await decode({ 'wide.png': await photograph(64, 32) }, { preparation: stretched });
    expect(samples[0]!.content).toEqual({ x: 0, y: 0, width: SIZE, height: SIZE });
    expect(used).toMatchObject({ fit: 'stretch' });
  });
});

test('twelve bits in sixteen use the whole range, which goes into the model', async () => {
  const grey = (value: number) =>
    sharp(
      Uint16Array.from({ length: 400 }, () => value),
      { raw: { width: 20, height: 20, channels: 1 } },
    )
      .toColourspace('grey16')
      .png()
      .toBuffer();
  const data = await prepared({ 'dark.png': await grey(1000), 'light.png': await grey(4095) });
  expect(data.preparation.ranges).toEqual({ uint16: { black: 0, white: 4095 } });
  expect([data.training[0], data.training[SIZE * SIZE]]).toEqual([Math.round((255 * 1000) / 4095), 255]);
});

describe('data sets', () => {
  test('of normal and anomalous images are split by the seed, and judged by their masks', async () => {
    const files: Record<string, Uint8Array> = { 'parts/masks/bad/0.png': await mask(), 'parts/masks/bad/1.png': await mask() };
    for (let i = 0; i < 10; i++) files[`parts/good/${i}.png`] = await plain(100 + i);
    for (let i = 0; i < 2; i++) files[`parts/bad/${i}.png`] = await plain(200 + i);
    const data = await prepared(files);
    expect(data).toMatchObject({ name: 'parts', labelled: true, remarks: [] });
    expect(data.trainingInfo).toHaveLength(8);
    expect(data.testInfo.map(({ defect, masked }) => `${defect} ${masked}`)).toEqual([
      'anomalous true',
      'anomalous true',
      'good true',
      'good true',
    ]);
    const tested = async (seed: number) => (await prepared(files, { seed })).testInfo.map(({ path }) => path);
    expect(await tested(0)).toEqual(await tested(0));
    expect(new Set((await Promise.all([0, 1, 2, 3].map(tested))).map(String)).size).toBeGreaterThan(1);
    expect(data.masks.reduce((sum, value) => sum + value, 0)).toBe(2 * 36); // 8 of 20 pixels are 6 of 16
  });

  test('of grouped images keep groups whole, and contaminate with defects of groups that are not tested', async () => {
    const files: Record<string, Uint8Array> = {};
    for (let item = 0; item < 10; item++) {
      for (const part of [0, 1]) {
        files[`ksdd/kos${item}/Part${part}.png`] = await plain(100 + item, 12, 24);
        files[`ksdd/kos${item}/Part${part}_label.png`] = part === 0 ? await mask(12, 24) : await plain(0, 12, 24);
      }
    }
    const data = await prepared(files, { contamination: 0.5 });
    expect(data.testInfo).toHaveLength(4);
    expect(data.testInfo.filter(({ defect }) => defect === 'defect')).toHaveLength(2);
    expect(data.trainingInfo.filter(({ contaminant }) => contaminant)).toHaveLength(4); // half of the 8 normal ones
    expect(data.testInfo[0]!.content).toEqual({ x: 4, y: 0, width: 8, height: 16 });
    expect(data.masks.subarray(4, 9)).toEqual(Uint8Array.of(1, 1, 1, 1, 1)); // in the frame, the picture begins at x = 4
    expect(data.masks.subarray(0, 4)).toEqual(new Uint8Array(4));
  });

  test('that a list describes are read as it says', async () => {
    const list = 'path,split,label\na.png,train,0\nb.png,test,0\nc.png,test,1\nd.png,validation,0\n';
    const files: Record<string, Uint8Array> = { 'set/dataset.csv': new TextEncoder().encode(list) };
    for (const name of ['a', 'b', 'c', 'd', 'e']) files[`set/${name}.png`] = await plain(90);
    const data = await prepared(files);
    expect(data.trainingInfo).toHaveLength(1);
    expect(data.testInfo.map(({ path, masked }) => [path, masked])).toEqual([
      ['b.png', true],
      ['c.png', false],
    ]);
    expect(data.remarks).toEqual([
      'Left out, not in dataset.csv: e.png.',
      'Left out, for validation, of which this page makes no use: d.png.',
      "No usable mask, so their pixels aren't judged: c.png.",
    ]);
  });

  test('tell what their layout finds wrong', async () => {
    const { remarks } = await decode({
      'set/train/good/0.png': await plain(90),
      'set/test/dent/0.png': await plain(90),
      'set/ground_truth/dent/0_mask.png': await mask(),
      'set/ground_truth/dent/1_mask.png': await mask(),
    });
    expect(remarks.join('\n')).toMatch(/To be looked at: ground_truth\/dent\/1_mask\.png .*\./);
  });

  test('without training images can be judged by a model, and nothing is learnt from', async () => {
    const data = await prepared({ 'set/test/good/0.png': await plain(90), 'set/test/dent/0.png': await plain(91) });
    expect(data.trainingInfo).toEqual([]);
    expect(data.testInfo).toHaveLength(2);
  });
});

test('images that nobody has sorted are all trained on and all scored', async () => {
  const files = { 'holiday/a/1.png': await plain(1), 'holiday/a/2.png': await plain(2), 'holiday/b/3.png': await plain(3) };
  const data = await prepared(files, { contamination: 0.2 });
  expect(data).toMatchObject({ name: 'Your images', labelled: false });
  expect(data.training).toEqual(data.test);
  expect(data.testInfo.map(({ path, masked }) => [path, masked])).toEqual([
    ['a/1.png', false],
    ['a/2.png', false],
    ['b/3.png', false],
  ]);
});

test('files without a picture among them are refused, with the endings that pictures have', async () => {
  await expect(decode({ 'a.txt': new Uint8Array(3) })).rejects.toThrow(
    'None of the 1 files is a picture by its name; pictures end with png, ',
  );
});

test('reading ends once it is cancelled', async () => {
  const controller = new AbortController();
  const files = chosen(Object.fromEntries(await Promise.all([1, 2, 3].map(async (i) => [`${i}.png`, await plain(i)] as const))));
  const progress = (_: string, done: number) => done === 1 && controller.abort(new DOMException('enough', 'AbortError'));
  await expect(decodeFiles(files, { preparation, seed: 0, progress, signal: controller.signal })).rejects.toThrow('enough');
});
