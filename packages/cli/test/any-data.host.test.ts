/** Data sets as people have them, from training to metrics. */
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelInfo, Size } from '@rddpm/core/contracts';
import type { ContaminationManifest } from '@rddpm/data';
import { decodeNpy } from '@rddpm/study';
import sharp from 'sharp';
import { describe, expect, test, vi } from 'vitest';
import { bmpOf } from '../../data/test/bmp-of.ts';
import { tiffOf } from '../../data/test/node/tiff-of.ts';
import { pngOf } from '../../data/test/png-of.ts';
import { jpeg, mvtecFiles, png, scene, write } from './pictures.ts';
import { rddpm, temporaryFolder } from './run-main.ts';
import { TINY, TINY_DETECTION } from './tiny-data-set.ts';

vi.setConfig({ testTimeout: 180_000 }); // whole runs, on machines that may be busy

const MEAN = ['--method', 'mean-image', '--calibration', 'none', '--quiet'];

const commandsIn =
  (cwd: string) =>
  async (command: string, ...argv: string[]) => {
    const { code, stdout, stderr } = await rddpm([command, ...argv], { cwd });
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    return { stdout, stderr };
  };

function map(...path: string[]) {
  const file = join(...path);
  return decodeNpy(readFileSync(file), file);
}
const modelOf = (run: string): ModelInfo => JSON.parse(readFileSync(join(run, 'model/rddpm.json'), 'utf8'));
const manifestOf = (run: string): ContaminationManifest => JSON.parse(readFileSync(join(run, 'contamination.json'), 'utf8'));
const scoresIn = (folder: string) =>
  readFileSync(join(folder, 'scores.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

/** Where a map is highest: the centre of its pixels above half of its maximum. */
function brightest({ shape, data }: ReturnType<typeof decodeNpy>): { x: number; y: number } {
  const [height, width] = shape as [number, number];
  const highest = Math.max(...data);
  let [x, y, count] = [0, 0, 0];
  for (let i = 0; i < width * height; i++) {
    if (data[i]! < highest / 2) continue;
    x += (i % width) + 0.5;
    y += Math.floor(i / width) + 0.5;
    count++;
  }
  return { x: x / count / width, y: y / count / height };
}

describe('a folder of photographs', () => {
  async function photographs(): Promise<string> {
    const cwd = temporaryFolder();
    const files: Record<string, Uint8Array | string> = {
      'Fotos 2026/Straße/a b.jpg': await jpeg({ width: 32, height: 20, seed: 1 }),
      'Fotos 2026/Straße/ä.jpeg': await jpeg({ width: 20, height: 32, seed: 2 }),
      'Fotos 2026/窓/1.png': png({ width: 24, height: 24, seed: 3 }),
      'Fotos 2026/top.png': png({ width: 30, height: 24, seed: 4 }),
      'Fotos 2026/.DS_Store': 'x',
      'Fotos 2026/.cache/a.png': png({ width: 8, height: 8 }),
      'Fotos 2026/notes.txt': 'x',
    };
    write(cwd, files);
    return cwd;
  }

  test('of mixed sizes, nested, with spaces and Unicode in their names: each has a map of its own proportions', async () => {
    const cwd = await photographs();
    const run = commandsIn(cwd);
    const trained = await run('train', 'Fotos 2026', '--out', 'run', '--size', '16', '--method', 'mean-image');
    for (const said of [
      /left out: 2 files, hidden[^\n]*\.DS_Store, \.cache\/a\.png/,
      /left out: 1 file, no pictures by their endings \(\.txt 1\): notes\.txt/,
      /4 training images, of which nobody says whether they are good/,
    ])
      expect(trained.stderr).toMatch(said);
    const found = await run('detect', 'run', 'Fotos 2026', '--out', 'found');
    expect(found.stderr).toMatch(/left out: 2 files, hidden/);
    const maps = join(cwd, 'found/maps');
    const shapes = ['Straße/a b', 'Straße/ä', '窓/1', 'Fotos 2026/top'].map((id) => map(maps, `${id}.npy`).shape);
    expect(shapes).toEqual([
      [10, 16],
      [16, 10],
      [16, 16],
      [13, 16],
    ]);
    await run('detect', 'run', 'Fotos 2026/窓/1.png', 'Fotos 2026/Straße/a b.jpg', '--out', 'single');
    expect(scoresIn(join(cwd, 'single')).map(([path, , score]) => [path, score])).toEqual(
      ['窓/1.png', 'Straße/a b.jpg'].map((path) => {
        const row = scoresIn(join(cwd, 'found')).find(([found]) => found!.endsWith(path));
        return [`Fotos 2026/${path}`, row![2]];
      }),
    );
  });

  test('has suspects, if a concentrated method looks for them', async () => {
    const cwd = await photographs();
    const selection = JSON.stringify({ name: 'concentrated', firstChoice: 1, every: 1, timesteps: [20, 50], draws: 1, keep: 0.75 });
    const argv = ['train', 'Fotos 2026', '--out', 'run', ...TINY, ...TINY_DETECTION, '--steps', '2', '--selection', selection];
    await commandsIn(cwd)(...(argv as [string]));
    const page = readFileSync(join(cwd, 'run/suspects.html'), 'utf8');
    for (const name of ['Straße/a b', 'Straße/ä', '窓/1', 'Fotos 2026/top']) {
      expect(readFileSync(join(cwd, 'run/suspects.csv'), 'utf8')).toContain(name);
      expect(page).toContain(name);
    }
  });
});

test('folders that are linked, nested, hidden, or named in either form of Unicode', async () => {
  const cwd = temporaryFolder();
  const run = commandsIn(cwd);
  const { 'train/good/4.png': four, 'train/good/5.png': five, ...files } = mvtecFiles({ width: 16, height: 16 });
  for (const [path, bytes] of Object.entries(files)) {
    const name = path.replace('/bad/', path.startsWith('test') ? '/fu\u0308hler/' : '/f\u00fchler/');
    write(cwd, { [name.replace('train/good', 'pool')]: bytes });
  }
  write(cwd, {
    'pool/cam1/4.png': four!,
    'pool/5.webp': await sharp(five).webp({ lossless: true }).toBuffer(),
    'pool/.ipynb_checkpoints/0-checkpoint.png': five!,
    'test/.ipynb_checkpoints/0-checkpoint.png': five!,
    'linked/.keep': '',
  });
  for (const half of ['test', 'ground_truth']) renameSync(join(cwd, half), join(cwd, 'linked', half));
  mkdirSync(join(cwd, 'linked/train'));
  symlinkSync('../../pool', join(cwd, 'linked/train/good'));
  const { stderr } = await run('train', 'linked', '--out', 'run', '--method', 'mean-image', '--calibration', 'none', '--size', '16');
  expect(stderr).toMatch(/6 training images, 0 of them defective/);
  expect(stderr).toMatch(/left out: 3 files, hidden/);
  await run('detect', 'run', 'linked', '--out', 'found', '--quiet');
  const { protocol, pixel, image } = JSON.parse((await run('evaluate', 'found', 'linked', '--json', '--quiet')).stdout);
  expect([protocol.images, pixel.auroc, image.auroc]).toEqual([{ good: 2, defective: 2 }, expect.closeTo(1, 2), 1]);
});

describe('masks', () => {
  const SHAPE = { width: 16, height: 16, square: { x: 4, y: 4, width: 8, height: 8 } };
  const marks = scene(SHAPE).map((shade, i) => (shade === 250 ? (i % 16 < 8 ? 1 : 2) : 0));
  const picked = (...values: number[][]) => marks.flatMap((mark) => values[mark]!);
  const size = { width: 16, height: 16 };

  test.each([
    ['of two colours in a palette', pngOf({ ...size, bits: 8, colour: 3, samples: marks, palette: [0, 0x800000, 0x008000].flatMap(rgb) })],
    ['of which one channel is black', pngOf({ ...size, bits: 8, colour: 2, samples: picked([0, 0, 0], [0, 255, 0], [0, 0, 9]) })],
    ['of small ids in 16 bits', pngOf({ ...size, bits: 16, colour: 0, samples: picked([0], [1], [300]) })],
    ['in alpha', pngOf({ ...size, bits: 8, colour: 6, samples: picked([0, 0, 0, 0], [0, 0, 0, 255], [0, 0, 0, 255]) })],
  ])('%s count whole', async (_, mask) => {
    const cwd = temporaryFolder();
    const files = mvtecFiles({ ...SHAPE, bad: 1 });
    write(join(cwd, 'data'), { ...files, 'ground_truth/bad/0_mask.png': mask });
    const tiff = (values: readonly number[]) => tiffOf({ ...size, channels: 1, values: Float32Array.from(values) });
    const nothing = tiff(marks.map(() => 0));
    write(cwd, {
      'maps/good/0.tiff': nothing,
      'maps/good/1.tiff': nothing,
      'maps/bad/0.tiff': tiff(marks.map((mark) => Math.min(1, mark))),
    });
    const { pixel } = JSON.parse((await commandsIn(cwd)('evaluate', 'maps', 'data', '--json', '--quiet')).stdout);
    expect(pixel).toMatchObject({ auroc: 1, averagePrecision: 1, prevalence: 64 / (3 * 256) });
  });
});

/** Of 0xrrggbb. */
function rgb(colour: number): number[] {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

describe('KolektorSDD', () => {
  /** Two parts of each of six items, tall and grey, of which one in three items has a defect on one part. */
  async function kolektor(): Promise<string> {
    const cwd = temporaryFolder();
    for (let item = 1; item <= 6; item++) {
      for (let part = 0; part < 2; part++) {
        const square = part === 0 && item % 3 === 0 ? { x: 2, y: 20, width: 6, height: 6 } : undefined;
        const picture = { width: 16, height: 40, seed: 10 * item + part, square };
        const pixels = scene(picture).map((shade) => (shade === 250 ? 1 : 0));
        const stem = `ksdd/kos0${item}/Part${part}`;
        write(cwd, {
          [`${stem}.jpg`]: await jpeg(picture),
          [`${stem}_label.bmp`]: bmpOf({ width: 16, height: 40, bits: 8, pixels, palette: [0, 0xffffff] }),
        });
      }
    }
    return cwd;
  }

  test('is dealt by part; a run is tested on what it left, and on no other', async () => {
    const cwd = await kolektor();
    const run = commandsIn(cwd);
    const groupsOf = (folder: string, split: string) =>
      new Set(manifestOf(join(cwd, folder)).samples.flatMap((entry) => (entry.split === split ? entry.group : [])));
    for (const fold of ['0', '1']) {
      const out = `run${fold}`;
      await run('train', 'ksdd', '--out', out, '--size', '16x40', ...MEAN, '--folds', '2', '--fold', fold, '--contamination', 'natural');
      await run('detect', out, 'ksdd', '--out', `found${fold}`, '--quiet');
      const tested = new Set(scoresIn(join(cwd, `found${fold}`)).map(([path]) => path!.split('/')[0]));
      expect(tested).toEqual(groupsOf(out, 'test'));
      expect(tested).toHaveLength(3);
      for (const group of groupsOf(out, 'train')) expect(tested).not.toContain(group);
      expect(map(cwd, `found${fold}`, 'maps', `${[...tested][0]}`, 'Part1.npy').shape).toEqual([40, 16]);
      const { stdout } = await run('evaluate', `found${fold}`, 'ksdd', '--json', '--quiet');
      const { images } = JSON.parse(stdout).protocol;
      expect(images.good + images.defective).toBe(6);
    }
    cpSync(join(cwd, 'ksdd'), join(cwd, 'renamed'), { recursive: true });
    for (const name of ['kos01', 'kos02', 'kos03']) renameSync(join(cwd, 'renamed', name), join(cwd, 'renamed', name.replace('0', '9')));
    await run('detect', 'run0', 'renamed', '--out', 'found-renamed', '--quiet');
    const scoresOf = (folder: string) => scoresIn(join(cwd, folder)).map(([, , score]) => score);
    expect(scoresOf('found-renamed').sort()).toEqual(scoresOf('found0').sort());
    expect([...groupsOf('run0', 'test')].filter((group) => groupsOf('run1', 'test').has(group))).toEqual([]);
    const natural = ['run0', 'run1'].map((run) => manifestOf(join(cwd, run)).contaminants);
    await run('train', 'ksdd', '--out', 'run2', ...MEAN, '--size', '16x40', '--folds', '2', '--contamination', '0.2', '--shortage', 'cap');
    const { contaminants, normals } = manifestOf(join(cwd, 'run2'));
    expect([natural[0]! + natural[1]!, contaminants, normals]).toEqual([2, natural[0], 6 - natural[0]!]);
  });
});

describe('numbers of more than 8 bits', () => {
  const SIZE = { width: 16, height: 16 };
  type Encode = (shades: readonly number[], size: Size) => Uint8Array;
  /** Black and white are in all pictures, so that the range is known. */
  const spread = (shades: readonly number[]) => [0, 255, ...shades.slice(2)];
  const uint16 =
    (scale: number): Encode =>
    (shades, size) =>
      pngOf({ ...size, bits: 16, colour: 0, samples: shades.map((shade) => Math.round(scale * shade)) });
  const floats =
    (from: number, to: number): Encode =>
    (shades, size) =>
      tiffOf({ ...size, channels: 1, values: Float32Array.from(shades, (shade) => from + ((to - from) * shade) / 255) });

  test.each([
    ['12 bits', 'png', uint16(16), { uint16: { black: 0, white: 4095 } }],
    ['floats from 0 to 1', 'tif', floats(0, 1), { float: { black: 0, white: 1 } }],
    ['other floats', 'tif', floats(-20, 300), { float: { black: -100, white: 380 } }],
  ])(
    '%s are scaled by what the training set has, which the model keeps: they score as pictures of the full range',
    async (_, ending, encode, ranges) => {
      const cwd = temporaryFolder();
      const run = commandsIn(cwd);
      const dim = scene({ ...SIZE, seed: 300 }).map((shade) => shade / 8);
      const filesOf = (encode: Encode, ending: string) => ({
        ...mvtecFiles({ ...SIZE, encode: (shades, size) => encode(spread(shades), size), ending }),
        [`test/good/dim.${ending}`]: encode(dim, SIZE),
      });
      write(join(cwd, 'full'), filesOf(uint16(257), 'png'));
      write(join(cwd, 'data'), filesOf(encode, ending));
      const metrics: { auroc: number; averagePrecision: number }[] = [];
      for (const name of ['full', 'data']) {
        await run('train', name, '--out', `run-${name}`, '--size', '16', ...MEAN);
        await run('detect', `run-${name}`, name, '--out', `found-${name}`, '--quiet');
        metrics.push(JSON.parse((await run('evaluate', `found-${name}`, name, '--json', '--quiet')).stdout).pixel);
      }
      const [full, scaled] = metrics;
      expect(scaled!.auroc).toBeCloseTo(full!.auroc, 3); // 12 bits are rounded
      expect(scaled!.averagePrecision).toBeCloseTo(full!.averagePrecision, 2);
      expect(full!.averagePrecision).toBeGreaterThan(0.85); // the square stands out, though the dim picture does as well
      expect(modelOf(join(cwd, 'run-data')).preparation?.ranges).toEqual(ranges);
      // by itself, it would fill a range of its own
      await run('detect', 'run-data', `data/test/good/dim.${ending}`, '--out', 'one', '--quiet');
      const inSet = scoresIn(join(cwd, 'found-data')).find(([path]) => path === `test/good/dim.${ending}`);
      expect(scoresIn(join(cwd, 'one'))[0]![2]).toBe(inSet![2]);
      write(cwd, { [`bright.${ending}`]: encode([4 * 255, ...dim.slice(1)], SIZE) });
      const { stderr } = await run('detect', 'run-data', `bright.${ending}`, `data/test/good/dim.${ending}`, '--out', 'bright');
      expect(stderr).toMatch(
        /1 of 2 images has numbers that the model doesn't know \(it knows .* from .* to .*\), and may mistake for others: bright/,
      );
    },
  );
});

describe('rectangles', () => {
  /** The middle of the square is at a quarter of the width, and five sixths of the height. */
  const SHAPE = { width: 16, height: 48, square: { x: 2, y: 38, width: 4, height: 4 } };
  const AT = { x: 4 / 16, y: 40 / 48 };

  test.each([
    ['pad', ['--size', '24x24', '--fit', 'pad'], [24, 8]],
    ['crop', ['--size', '16x42', '--fit', 'crop'], [48, 16]],
    ['stretch', ['--size', '24x36', '--fit', 'stretch'], [36, 24]],
    ['a region', ['--size', '12x20', '--crop', '12x20+1+24'], [48, 16]],
  ] as const)('a defect is found where it is, with %s', async (_, options, shape) => {
    const cwd = temporaryFolder();
    const run = commandsIn(cwd);
    write(join(cwd, 'data'), mvtecFiles(SHAPE));
    await run('train', 'data', '--out', 'run', ...MEAN, ...options);
    await run('detect', 'run', 'data', '--out', 'found', '--smoothing', '0', '--threshold', '0.1', '--quiet');
    const found = map(cwd, 'found/maps/bad/0.npy');
    expect(found.shape).toEqual(shape);
    const at = brightest(found);
    expect(Math.hypot(at.x - AT.x, at.y - AT.y)).toBeLessThan(0.03); // half a pixel
    const evaluated = JSON.parse((await run('evaluate', 'found', 'data', '--json', '--quiet')).stdout);
    expect([evaluated.pixel.auroc, evaluated.image.auroc]).toEqual([expect.closeTo(1, 2), 1]);
    const argv = [
      '--out',
      'out',
      '--methods',
      'mean-image',
      '--contamination',
      '0',
      '--smoothing',
      '0',
      '--calibration',
      'none',
      '--quiet',
    ];
    const benchmark = JSON.parse((await run('benchmark', 'data', ...argv, ...options, '--json')).stdout);
    expect(benchmark.methods[0].pixel.auroc).toBeCloseTo(1, 2);
    expect(map(cwd, 'out/mean-image_contamination-0_seed-0/detection/maps/bad/0.npy').shape).toEqual(shape);
  });

  test('maps whose sides are exchanged are refused', async () => {
    const cwd = temporaryFolder();
    write(join(cwd, 'data'), mvtecFiles(SHAPE));
    const tests = ['good/0', 'good/1', 'bad/0', 'bad/1'];
    const maps = (size: Size) =>
      Object.fromEntries(tests.map((id) => [`maps/${id}.tiff`, tiffOf({ ...size, channels: 1, values: new Float32Array(768) })]));
    write(cwd, maps({ width: 48, height: 16 }));
    const evaluate = (...options: string[]) => rddpm(['evaluate', 'maps', 'data', '--quiet', ...options], { cwd });
    for (const { code, stderr } of [await evaluate(), await evaluate('--size', '16')]) {
      expect([code, stderr]).toEqual([
        3,
        expect.stringMatching(/maps\/\w+\/0\.tiff: is 48x16 .* is 16x48: its sides look exchanged; transpose it/),
      ]);
    }
    write(cwd, maps({ width: 16, height: 48 }));
    expect((await evaluate()).code).toBe(0);
    expect((await evaluate('--size', '48x16')).code).toBe(0); // the maps are right, whatever they are scored at
  });
});

test('a set without masks has metrics of images, and says why it has none of pixels', async () => {
  const cwd = temporaryFolder();
  const run = commandsIn(cwd);
  const files = Object.entries(mvtecFiles({ width: 16, height: 16 })).filter(([path]) => !path.startsWith('ground_truth'));
  write(join(cwd, 'data'), Object.fromEntries(files));
  await run('train', 'data', '--out', 'run', ...MEAN, '--size', '16');
  await run('detect', 'run', 'data', '--out', 'found', '--quiet');
  const evaluated = JSON.parse((await run('evaluate', 'found', 'data', '--json', '--quiet')).stdout);
  const argv = ['--out', 'out', '--methods', 'mean-image', '--contamination', '0', '--size', '16', '--calibration', 'none', '--quiet'];
  const benchmark = JSON.parse((await run('benchmark', 'data', ...argv, '--json')).stdout);
  for (const { image, pixel, undefined: reasons } of [evaluated, benchmark.methods[0]]) {
    expect(image.auroc).toBe(1);
    expect(pixel.auroc).toBe(null);
    expect(reasons['pixel.auroc']).toBe('needs masks, and the data set has none');
  }
});

describe('tiles', () => {
  const SHAPE = { width: 64, height: 64, train: 4, good: 1, bad: 1, square: { x: 44, y: 20, width: 8, height: 8 } };
  const TILES = ['--size', '64', '--tiles', '32+8'];

  test('make one map, with the defect in its place', async () => {
    const cwd = temporaryFolder();
    const run = commandsIn(cwd);
    write(join(cwd, 'data'), mvtecFiles(SHAPE));
    await run('train', 'data', '--out', 'run', ...MEAN, ...TILES);
    await run('detect', 'run', 'data', '--out', 'found', '--smoothing', '0', '--threshold', '0.1', '--quiet');
    const found = map(cwd, 'found/maps/bad/0.npy');
    expect(found.shape).toEqual([64, 64]);
    const at = brightest(found);
    expect([at.x, at.y]).toEqual([expect.closeTo(48 / 64, 2), expect.closeTo(24 / 64, 2)]);
    expect(modelOf(join(cwd, 'run')).threshold!.images).toBe(4);
    await run(
      'benchmark',
      'data',
      '--out',
      'out',
      '--methods',
      'mean-image',
      '--contamination',
      '0',
      ...TILES,
      '--calibration',
      'none',
      '--quiet',
    );
    const { input, preparation } = modelOf(join(cwd, 'out/mean-image_contamination-0_seed-0'));
    expect(input).toMatchObject({ width: 32, height: 32 });
    expect(preparation).toMatchObject({ size: { width: 64, height: 64 }, tiles: { width: 32, height: 32, overlap: 8 } });
  });

  test('of a concentrated method have images for suspects', async () => {
    const cwd = temporaryFolder();
    const run = commandsIn(cwd);
    write(join(cwd, 'data'), mvtecFiles(SHAPE));
    const selection = JSON.stringify({ name: 'concentrated', firstChoice: 1, every: 1, timesteps: [20, 50], draws: 1, keep: 0.75 });
    await run('train', 'data', '--out', 'run', ...TINY, ...TINY_DETECTION, ...TILES, '--steps', '2', '--selection', selection);
    const suspects = readFileSync(join(cwd, 'run/suspects.csv'), 'utf8').trim().split('\r\n').slice(1);
    expect(suspects.map((line) => line.split(',')[1]).sort()).toEqual([0, 1, 2, 3].map((i) => `good/${i}`));
    expect(modelOf(join(cwd, 'run')).threshold!.images).toBeGreaterThan(0);
    await run('detect', 'run', 'data', '--out', 'found', '--quiet');
    expect(map(cwd, 'found/maps/bad/0.npy').shape).toEqual([64, 64]);
  });
});
