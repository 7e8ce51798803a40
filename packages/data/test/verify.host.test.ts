import { FormatError } from '@rddpm/core';
import type { FileSource } from '@rddpm/core/contracts';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type DatasetLayout, type Sample, verifyDataset, verifySamples } from '../src/index.ts';
import { folderSource } from '../src/node.ts';
import { bmpOf } from './bmp-of.ts';
import { gray, memorySource } from './memory-source.ts';
import { type PngOptions, pngOf } from './png-of.ts';

const image = gray(4, 4, 90);
const spot = gray(4, 4, [255, 255, ...new Array<number>(14).fill(0)]);
const sample = (split: 'train' | 'test', kind: string, stem: string): Sample => {
  const id = `${kind}/${stem}`;
  return { id, path: `${split}/${id}.png`, split, anomalous: kind !== 'good', kind };
};
const good = (split: 'train' | 'test', stem: string) => sample(split, 'good', stem);
const crack = (stem: string) => sample('test', 'crack', stem);
const maskPath = (stem: string) => `ground_truth/crack/${stem}_mask.png`;
const truth: DatasetLayout['truth'] = async ({ id, path, anomalous }) => {
  if (!anomalous) return undefined;
  const mask = `ground_truth/${id}_mask.png`;
  if (id === 'crack/1') throw new FormatError(`${path} has no mask; ${mask} is missing`);
  return { masks: [{ path: mask }] };
};
const told = (problems: readonly { severity: string; path: string; message: string }[]) =>
  problems.map(({ severity, path, message }) => `${severity} ${path} ${message}`);

const sound = {
  'train/good/0.png': image,
  'train/good/1.png': image,
  'test/good/0.png': gray(6, 4, 3),
  'test/crack/0.png': image,
  'ground_truth/crack/0_mask.png': spot,
};

/** Files as they are on disk, decoded as they are in Node. */
function filesSource(files: Readonly<Record<string, Uint8Array>>): FileSource {
  return {
    ...folderSource('.'),
    name: 'files',
    list: async () => Object.keys(files),
    read: async (path) => files[path] ?? Promise.reject(new Error('no such file')),
  };
}

/** One defective image, and its mask. */
async function problemsOf(files: { readonly image?: Uint8Array; readonly mask?: Uint8Array }): Promise<string[]> {
  const { image = png(ramp), mask = png(marked) } = files;
  const source = filesSource({ 'test/crack/0.png': image, [maskPath('0')]: mask });
  return told((await verifySamples(source, [crack('0')], { truth })).problems);
}

const size = { width: 6, height: 4 };
const png = (samples: readonly number[], options: Partial<PngOptions> = {}) => pngOf({ ...size, bits: 8, colour: 0, samples, ...options });
const ramp = Array.from({ length: 24 }, (_, i) => 10 * i);
const marked = ramp.map((_, i) => (i < 5 ? 255 : 0));

describe('the report', () => {
  test('counts sound samples, without problems', async () => {
    const samples = [good('train', '0'), good('train', '1'), crack('0'), good('test', '0')];
    expect(await verifySamples(memorySource(sound, 'bolts'), samples, { truth, name: 'toy' })).toEqual({
      name: 'bolts',
      layout: 'toy',
      train: { good: 2 },
      validation: {},
      test: { crack: 1, good: 1 },
      unsplit: {},
      unknown: {},
      masks: { crack: 1 },
      sizes: [
        { width: 4, height: 4, images: 3 },
        { width: 6, height: 4, images: 1 },
      ],
      formats: { 'png, uint8, 1 channel': 4 },
      leftOut: [],
      problems: [],
    });
  });

  test('counts samples without split and of unknown kind, and those for validation', async () => {
    const samples: Sample[] = [
      { id: '0', path: 'train/good/0.png', kind: 'photos' },
      { id: '1', path: 'train/good/1.png', kind: 'photos', anomalous: false, split: 'validation' },
    ];
    const report = await verifySamples(memorySource(sound), samples, { truth });
    expect(report).toMatchObject({
      train: {},
      validation: { photos: 1 },
      test: {},
      unsplit: { photos: 1 },
      unknown: { photos: 1 },
      problems: [],
    });
    expect(report).not.toHaveProperty('layout');
  });

  test('names the kinds of files, the most frequent first', async () => {
    const files = {
      'a.png': png(ramp, { bits: 16 }),
      'b.jpg': await sharp(png(ramp)).toColourspace('srgb').jpeg().toBuffer(),
      'c.jpg': await sharp(png(ramp)).toColourspace('srgb').jpeg({ quality: 50 }).toBuffer(),
    };
    const samples = Object.keys(files).map((path): Sample => ({ id: path, path, kind: 'good', anomalous: false, split: 'train' }));
    const { formats } = await verifySamples(filesSource(files), samples, { truth });
    expect(Object.entries(formats)).toEqual([
      ['jpeg, uint8, 3 channels', 2],
      ['png, uint16, 1 channel', 1],
    ]);
  });

  test('of no samples is empty', async () => {
    const { problems, sizes, formats } = await verifySamples(memorySource({}, 'nothing'), [], { truth });
    expect({ problems, sizes, formats }).toEqual({ problems: [], sizes: [], formats: {} });
  });

  test("of a data set has the layout's own problems behind those of its files, and what it leaves out", async () => {
    const stray = { severity: 'error', path: 'stray.png', message: 'belongs nowhere' } as const;
    const leftOut = [{ reason: 'hidden', paths: ['.DS_Store'] }];
    const layout: DatasetLayout = {
      name: 'toy',
      recognises: () => 1,
      read: async () => ({ samples: [crack('0'), crack('1')], problems: [stray], leftOut }),
      truth,
    };
    const report = await verifyDataset(memorySource({ ...sound, 'test/crack/1.png': image }), { layouts: [layout] });
    expect(report).toMatchObject({ layout: 'toy', test: { crack: 2 }, leftOut });
    expect(report.problems).toEqual([
      { severity: 'error', path: 'test/crack/1.png', message: 'has no mask; ground_truth/crack/1_mask.png is missing' },
      stray,
    ]);
  });
});

test('everything wrong is found in one go, and named', async () => {
  const source = memorySource({
    ...sound,
    'train/good/2.png': null,
    'test/crack/1.png': image,
    'test/crack/2.png': image,
    'ground_truth/crack/2_mask.png': gray(2, 2, [0, 255, 0, 0]),
    'test/crack/3.png': image,
    'ground_truth/crack/3_mask.png': gray(4, 4, 0),
    'test/crack/4.png': image,
    'ground_truth/crack/4_mask.png': gray(4, 4, [0, 128, 255, ...new Array<number>(13).fill(0)]),
    'test/crack/5.png': image,
    'ground_truth/crack/5_mask.png': null,
  });
  const samples = [good('train', '0'), good('train', '2'), crack('1'), crack('2'), crack('3'), crack('4'), crack('5'), crack('6')];
  expect(told((await verifySamples(source, samples, { truth })).problems)).toEqual([
    "error train/good/2.png can't be decoded: unexpected end of file",
    'error test/crack/1.png has no mask; ground_truth/crack/1_mask.png is missing',
    'error ground_truth/crack/2_mask.png is 2x2, but its image test/crack/2.png is 4x4',
    'error ground_truth/crack/3_mask.png marks nothing, but test/crack/3.png should show a defect',
    'warning ground_truth/crack/4_mask.png has 3 values instead of two; all above black count as defect',
    "error ground_truth/crack/5_mask.png can't be decoded: unexpected end of file",
    "error test/crack/6.png can't be read: no such file",
    "error ground_truth/crack/6_mask.png can't be read: no such file",
  ]);
});

test('large pictures are decoded one at a time, masks too', async () => {
  const source = memorySource(sound);
  let [open, most] = [0, 0];
  const large: FileSource = {
    ...source,
    inspect: async (bytes) => ({ ...(await source.inspect(bytes)), width: 8000, height: 7500 }),
    async decode(bytes) {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 1));
      open--;
      return source.decode(bytes);
    },
  };
  await verifySamples(large, [good('train', '0'), crack('0'), good('train', '1'), good('test', '0')], { truth });
  expect([open, most]).toEqual([0, 1]);
});

test('each file is read once', async () => {
  const source = memorySource(sound);
  await verifySamples(source, [good('train', '0'), crack('0'), good('test', '0')], { truth });
  expect(source.reads.toSorted()).toEqual(['ground_truth/crack/0_mask.png', 'test/crack/0.png', 'test/good/0.png', 'train/good/0.png']);
});

describe('masks', () => {
  const verify = (samples: Sample[], truth: DatasetLayout['truth'], files = {}) =>
    verifySamples(memorySource({ ...sound, 'test/crack/1.png': image, a: spot, b: gray(4, 4, 0), ...files }), samples, { truth });

  test('are looked at each', async () => {
    const { masks, problems } = await verify([crack('0')], async () => ({ masks: [{ path: 'a' }, { path: 'b' }] }));
    expect(masks).toEqual({ crack: 1 });
    expect(told(problems)).toEqual(['error b marks nothing, but test/crack/0.png should show a defect']);
  });

  test('are an error where they lack and others are there, and one warning where there are none', async () => {
    const some: DatasetLayout['truth'] = async ({ id }) => (id === 'crack/0' ? { masks: [{ path: 'a' }] } : undefined);
    expect(told((await verify([crack('0'), crack('1')], some)).problems)).toEqual(['error test/crack/1.png has no mask']);
    const none = async () => undefined;
    expect(told((await verify([crack('0'), crack('1')], none)).problems)).toEqual([
      'warning test/crack/0.png has no mask, nor has any of the 2 defective images: only image-level metrics can be had',
    ]);
    expect(told((await verify([crack('0')], async () => ({ masks: [] }))).problems)).toEqual([
      'warning test/crack/0.png has no mask: only image-level metrics can be had',
    ]);
  });

  test('are not asked for of training images, good ones included', async () => {
    const none = async () => undefined;
    expect((await verify([sample('train', 'good', '0'), { ...crack('0'), split: 'train', contaminant: true }], none)).problems).toEqual([]);
  });

  test('of images without split are looked at, and may be empty where nobody knows', async () => {
    const unsplit: Sample = { id: '0', path: 'test/crack/0.png', kind: 'crack', anomalous: true };
    const empty: DatasetLayout['truth'] = async () => ({ masks: [{ path: 'b' }] });
    expect((await verify([unsplit], empty)).problems).toHaveLength(1);
    const { anomalous: _, ...nobodyKnows } = unsplit;
    expect((await verify([nobodyKnows], empty)).problems).toEqual([]);
    expect((await verify([nobodyKnows], async () => undefined)).problems).toEqual([]);
  });

  test('that mark every pixel are errors, and are not warned of as well', async () => {
    const { problems } = await verify([crack('0')], async () => ({ masks: [{ path: 'a' }, { path: 'c' }] }), { c: gray(4, 4, 255) });
    expect(told(problems)).toEqual([
      'error c marks everything; only part of its picture may be: if black marks the defect there, it is inverted',
    ]);
  });

  test('of noise are not counted to the end', async () => {
    const noise = gray(
      40,
      10,
      Uint16Array.from({ length: 400 }, (_, i) => i),
    );
    const { problems } = await verify([crack('0')], async () => ({ masks: [{ path: 'c' }] }), {
      'test/crack/0.png': gray(40, 10, 9),
      c: noise,
    });
    expect(told(problems)[0]).toBe('warning c has more than 256 values instead of two; all above black count as defect');
  });

  test('that mark more than half may be inverted', async () => {
    const inverted = gray(4, 4, [0, 0, ...new Array<number>(14).fill(255)]);
    const half = gray(4, 4, [...new Array<number>(8).fill(0), ...new Array<number>(8).fill(255)]);
    const one = await verify([crack('0')], async () => ({ masks: [{ path: 'a' }, { path: 'c' }] }), { a: half, c: inverted });
    expect(told(one.problems)).toEqual(['warning c marks more than half of its picture: if black marks the defect there, it is inverted']);
    const paths = ['c', 'd', 'e', 'f', 'g'];
    const all = await verify(
      [crack('0')],
      async () => ({ masks: [...paths, 'a'].map((path) => ({ path })) }),
      Object.fromEntries(paths.map((path) => [path, inverted])),
    );
    expect(told(all.problems)).toEqual([
      'warning c marks more than half of its picture, as 5 of 6 masks do (d, e, f, …): if black marks the defect there, it is inverted',
    ]);
  });

  test('with exchanged sides are told so, and when the orientation is why', async () => {
    const tall = { width: 4, height: 6 };
    expect(await problemsOf({ mask: png(marked, tall) })).toEqual([
      'error ground_truth/crack/0_mask.png is 4x6, but its image test/crack/0.png is 6x4: its sides are exchanged',
    ]);
    expect(await problemsOf({ image: png(ramp, { orientation: 6 }) })).toEqual([
      'warning test/crack/0.png is turned as its EXIF orientation says (6)',
      'error ground_truth/crack/0_mask.png is 6x4, but its image test/crack/0.png is 4x6: the image is turned as its EXIF orientation says, the other is not',
      'warning ground_truth/crack/0_mask.png has no EXIF orientation, which its image test/crack/0.png has (6); it is taken as it is',
    ]);
    expect(await problemsOf({ image: png(ramp, { orientation: 6 }), mask: png(marked, { orientation: 6 }) })).toHaveLength(1);
  });

  test('with marks in alpha, of blurred edges, or smeared by JPEG are told', async () => {
    const inAlpha = png(
      marked.flatMap((value) => [0, 0, 0, value]),
      { colour: 6 },
    );
    expect(await problemsOf({ mask: inAlpha })).toEqual([
      "warning ground_truth/crack/0_mask.png has its marks in alpha, and one colour throughout; whatever isn't wholly transparent counts as defect",
    ]);
    const jpeg = await sharp(png(marked)).toColourspace('b-w').jpeg({ quality: 30 }).toBuffer();
    const [misnamed, smeared, ...rest] = await problemsOf({ mask: jpeg });
    expect(misnamed).toBe('warning ground_truth/crack/0_mask.png is jpeg by its content, not what its ending says');
    expect(smeared).toMatch(
      /has \d+ values instead of two; all above black count as defect; as a JPEG it has smeared edges: PNG keeps them/,
    );
    expect(rest.every((line) => line.includes('more than half'))).toBe(true); // near to black isn't black
  });
});

describe('images', () => {
  test('without a byte, that are text, or with too many pixels are errors', async () => {
    expect(await problemsOf({ image: new Uint8Array(0) })).toEqual([
      "error test/crack/0.png can't be decoded: the file is empty: it has 0 bytes",
    ]);
    expect((await problemsOf({ image: Buffer.from('a text') }))[0]).toContain('the file is not a picture that can be read');
    const large = Buffer.from(bmpOf({ width: 1, height: 1, bits: 24, pixels: [0] }));
    large.writeInt32LE(100_000, 18);
    large.writeInt32LE(100_000, 22);
    expect((await problemsOf({ image: large }))[0]).toContain('the picture has 100000x100000 = 10000000000 pixels');
  });

  test('that are misnamed or transparent are warned of', async () => {
    const webp = await sharp(png(ramp)).webp().toBuffer();
    expect(await problemsOf({ image: webp })).toEqual(['warning test/crack/0.png is webp by its content, not what its ending says']);
    const clear = png(
      ramp.flatMap((value) => [value, 255 - value]),
      { colour: 4 },
    );
    expect(await problemsOf({ image: clear })).toEqual(['warning test/crack/0.png is transparent in places; transparency is dropped']);
    const opaque = png(
      ramp.flatMap((value) => [value, 65535]),
      { colour: 4, bits: 16 },
    );
    expect((await problemsOf({ image: opaque })).filter((line) => line.includes('transparent'))).toEqual([]);
  });

  test('of several pages are warned of', async () => {
    const frames = [png(ramp), png(marked)];
    const pages = await sharp(frames, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    expect((await problemsOf({ image: pages }))[0]).toBe('warning test/crack/0.png is webp by its content, not what its ending says');
    expect((await problemsOf({ image: pages }))[1]).toBe('warning test/crack/0.png has 2 pages; the first is used');
  });

  test('of floats may have any, but finite ones', async () => {
    const verify = async (...values: number[]) => {
      const files = { 'train/good/0.png': gray(3, 1, Float32Array.from(values)) };
      return told((await verifySamples(memorySource(files), [good('train', '0')], { truth })).problems);
    };
    expect(await verify(-5, 0.5, 70_000)).toEqual([]);
    expect(await verify(Number.NaN, 0.5, Number.NEGATIVE_INFINITY)).toEqual([
      "error train/good/0.png has 2 numbers that aren't finite (NaN or infinity); each must be finite",
    ]);
  });

  test('of 16 bits that leave the upper ones unused are told once', async () => {
    const verify = async (...peaks: number[]) => {
      const samples = peaks.map((_, i) => good('train', `${i}`));
      const files = Object.fromEntries(samples.map(({ path }, i) => [path, gray(2, 1, Uint16Array.of(0, peaks[i]!))]));
      return told((await verifySamples(memorySource(files), samples, { truth })).problems);
    };
    const harmless = 'that is no harm, since the range of the training set is what is scaled';
    expect(await verify(4000, 2100)).toEqual([
      `warning train/good/0.png uses the lowest 12 of its 16 bits only, as all 2 images of 16 bits do: nothing is brighter than 4000 of 65535; ${harmless}`,
    ]);
    expect(await verify(1023)).toEqual([
      `warning train/good/0.png uses the lowest 10 of its 16 bits only: nothing is brighter than 1023 of 65535; ${harmless}`,
    ]);
    expect(await verify(1024)).toMatchObject([expect.stringContaining('the lowest 11 of')]);
    expect(await verify(16383)).toHaveLength(1);
    const opaque = { width: 2, height: 1, channels: 2, data: Uint16Array.of(0, 65535, 4000, 65535) } as const;
    const { problems } = await verifySamples(memorySource({ 'train/good/0.png': opaque }), [good('train', '0')], { truth });
    expect(told(problems)[0]).toContain('the lowest 12 of'); // alpha doesn't count
    for (const peaks of [[16384], [4000, 60000], [0]]) expect(await verify(...peaks)).toEqual([]);
  });
});

describe('several files together', () => {
  const a = png(ramp);
  const b = png(marked);
  const verify = async (samples: Sample[], files: Record<string, Uint8Array>) =>
    told((await verifySamples(filesSource(files), samples, { truth })).problems);

  test('of one content are named, with what they are for', async () => {
    const files = { 'train/good/0.png': a, 'train/good/1.png': a, 'test/good/0.png': a, 'test/good/1.png': b };
    expect(await verify([good('train', '0'), good('train', '1'), good('test', '0'), good('test', '1')], files)).toEqual([
      'warning train/good/1.png has the same content as train/good/0.png',
      'warning test/good/0.png has the same content as train/good/0.png: one is for training, the other for test',
    ]);
  });

  test('that are one file are not', async () => {
    const moved: Sample = { ...good('test', '0'), id: 'moved', split: 'train' };
    expect(await verify([good('test', '0'), moved], { 'test/good/0.png': a })).toEqual([]);
  });
});

test('a failure of the layout itself is thrown, not reported', async () => {
  const truth = async () => {
    throw new RangeError('a slip');
  };
  await expect(verifySamples(memorySource(sound), [crack('0')], { truth })).rejects.toThrow(RangeError);
});
