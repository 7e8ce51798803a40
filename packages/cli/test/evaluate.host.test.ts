import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resizeMap } from '@rddpm/maps';
import { auPimo, averagePrecision, compareResamples, intervalOf, pixelMetrics, poolMap, resampleMetrics, rocAuc } from '@rddpm/metrics';
import { encodeNpy } from '@rddpm/study';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { rddpm, temporaryFolder } from './run-main.ts';
import { writeTinyDataset } from './tiny-data-set.ts';

const SIDE = 16;

type MapOf = (image: { mask: Uint8Array; index: number }) => { shape: number[]; data: Float32Array | Float64Array };

/** The tiny data set in `data`, and a map for each of its test images in `maps`. */
async function folderWithMaps(mapOf: MapOf) {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'));
  const images = [];
  for (const defect of readdirSync(join(cwd, 'data/test'))) {
    for (const file of readdirSync(join(cwd, 'data/test', defect)).sort()) {
      const stem = file.replace('.png', '');
      const mask =
        defect === 'good' ? new Uint8Array(SIDE * SIDE) : await readMask(join(cwd, `data/ground_truth/${defect}/${stem}_mask.png`));
      const map = mapOf({ mask, index: images.length });
      const path = join(cwd, 'maps', defect, `${stem}.npy`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, encodeNpy(map));
      images.push({ defect, mask, map: map.data, index: Number(stem) });
    }
  }
  return { cwd, images };
}

async function readMask(path: string): Promise<Uint8Array> {
  const { data } = await sharp(path).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
  return Uint8Array.from(data, (value) => (value > 0 ? 1 : 0));
}

type Scored = { defect: string; mask: Uint8Array; map: Float32Array | Float64Array };

/** What the functions say of these images, up to the order of sums. */
function close(images: readonly Scored[]) {
  const {
    f1MaxThreshold: _,
    auPimo: __,
    ...pixel
  } = pixelMetrics(images.map(({ mask, map }) => ({ map, mask, width: SIDE, height: SIDE })));
  const labels = images.map(({ defect }) => (defect === 'good' ? 0 : 1));
  const scores = images.map(({ map }) => Math.max(...map));
  return {
    pixel: { ...Object.fromEntries(Object.entries(pixel).map(([name, value]) => [name, expect.closeTo(value, 12)])), auPimo: null },
    image: { auroc: rocAuc(labels, scores), averagePrecision: averagePrecision(labels, scores) },
  };
}

function area(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, at, i) => (i === 0 ? 0 : sum + ((at - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2), 0);
}

const evaluate = (cwd: string, ...options: string[]) => rddpm(['evaluate', 'maps', 'data', '--quiet', ...options], { cwd });

/** Right about the mask, with noise of its own that is known. */
const noisy: MapOf = ({ mask, index }) => ({
  shape: [SIDE, SIDE],
  data: Float32Array.from(mask, (label, i) => label + 1.5 * Math.sin(37 * i + index)),
});
const perfect: MapOf = ({ mask }) => ({ shape: [SIDE, SIDE], data: Float64Array.from(mask) });

describe('rddpm evaluate', () => {
  test('gives the metrics of the maps', async () => {
    const { cwd, images } = await folderWithMaps(noisy);
    const { code, stdout } = await evaluate(cwd, '--json');
    expect(code).toBe(0);
    const { defects, ...all } = JSON.parse(stdout);
    expect(all).toEqual({
      protocol: { size: 'masks', pooling: 'max', images: { good: 2, defective: 8 } },
      ...close(images),
      auPimo: { mean: null, images: 0 },
      undefined: { 'pixel.auPimo': expect.stringMatching(/100,000 pixels/), 'auPimo.mean': expect.stringMatching(/100,000 pixels/) },
    });
    const kinds = [...new Set(images.map(({ defect }) => defect))].filter((defect) => defect !== 'good').sort();
    expect(kinds).toHaveLength(4);
    expect(defects).toEqual(
      kinds.map((name) => ({
        name,
        count: 2,
        ...close(images.filter(({ defect }) => defect === name || defect === 'good')),
        undefined: { 'pixel.auPimo': expect.stringMatching(/100,000 pixels/) },
      })),
    );
  });

  test('all processors together give the numbers of one', async () => {
    const { cwd } = await folderWithMaps(noisy);
    const built = fileURLToPath(new URL('../bin/rddpm.js', import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [built, 'evaluate', 'maps', 'data', '--json', '--threads', '3', '--quiet'], {
      cwd,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const { pixel, image, defects } = JSON.parse(stdout);
    const alone = JSON.parse((await evaluate(cwd, '--json')).stdout);
    expect(image).toEqual(alone.image);
    for (const [name, value] of Object.entries(alone.pixel)) {
      if (value === null) expect(pixel[name], name).toBeNull();
      else expect(pixel[name], name).toBeCloseTo(value as number, 12);
    }
    expect(defects).toHaveLength(4);
  });

  test('what a thread finds wrong is said as by one, and ends with 3', async () => {
    const { cwd } = await folderWithMaps(perfect);
    writeFileSync(join(cwd, 'maps/good/001.npy'), 'text');
    const built = fileURLToPath(new URL('../bin/rddpm.js', import.meta.url));
    const run = spawnSync(process.execPath, [built, 'evaluate', 'maps', 'data', '--threads', '2', '--quiet'], { cwd, encoding: 'utf8' });
    expect(run.stderr).toMatch(/^rddpm: .*good\/001\.npy: not an \.npy file/);
    expect(run.stdout).toBe('');
    expect(run.status).toBe(3);
  });

  test('image scores are pooled as told', async () => {
    const { cwd, images } = await folderWithMaps(noisy);
    const labels = images.map(({ defect }) => (defect === 'good' ? 0 : 1));
    for (const [option, pooling] of [
      ['mean', 'mean'],
      ['top:20', { topK: 20 }],
    ] as const) {
      const { protocol, image } = JSON.parse((await evaluate(cwd, '--json', '--pooling', option)).stdout);
      expect(protocol.pooling).toEqual(pooling);
      expect(image.auroc).toBe(
        rocAuc(
          labels,
          images.map(({ map }) => poolMap(map, { pooling })),
        ),
      );
    }
    const wrong = await evaluate(cwd, '--pooling', 'top:0');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/max, mean, or top:/);
  });

  test('writes the metrics, a line for each image, and curves to --out', async () => {
    const { cwd, images } = await folderWithMaps(noisy);
    const { stdout } = await evaluate(cwd, '--json', '--out', 'scores/new');
    const read = (name: string) => readFileSync(join(cwd, 'scores/new', name), 'utf8');
    expect(JSON.parse(read('metrics.json'))).toEqual(JSON.parse(stdout));
    const [header, ...rows] = read('images.csv').trim().split('\r\n');
    expect(header).toBe('image,map,defect,defective,score,width,height,map_width,map_height,defective_pixels,aupimo');
    expect(rows).toHaveLength(10);
    const good = images.findIndex(({ defect }) => defect === 'good');
    const [path, map, , defective, score, ...sizes] = rows.find((row) => row.startsWith('test/good/000.png'))!.split(',');
    expect([path, map, defective, ...sizes]).toEqual(['test/good/000.png', 'good/000.npy', '0', '16', '16', '16', '16', '0', '']);
    expect(Number(score)).toBe(Math.max(...images[good]!.map));
    const { tolerance, pixel, image } = JSON.parse(read('curves.json'));
    expect(tolerance).toBe(1e-4);
    expect(pixel.roc.thresholds[0]).toBeNull();
    expect([pixel.pro.falsePositiveRate.at(-1), pixel.pro.perRegionOverlap.at(-1)]).toEqual([1, 1]);
    expect(area(pixel.roc.falsePositiveRate, pixel.roc.truePositiveRate)).toBeCloseTo(JSON.parse(stdout).pixel.auroc, 3);
    expect(image.precisionRecall.recall.at(-1)).toBe(1);
  });

  test('AUPIMO of each image stands in its line, and their mean beside the pixel metrics', async () => {
    const { cwd, images } = await folderWithMaps(noisy);
    const size = 256; // enough pixels in the two good images
    const json = JSON.parse((await evaluate(cwd, '--json', '--size', `${size}`, '--out', 'scores')).stdout);
    const [, ...rows] = readFileSync(join(cwd, 'scores/images.csv'), 'utf8').trim().split('\r\n');
    const enlarged = images.map(({ map, mask }) => ({
      map: resizeMap(map, { width: SIDE, height: SIDE }, { width: size, height: size }),
      mask: Uint8Array.from({ length: size ** 2 }, (_, i) => mask[Math.floor(i / size / 16) * SIDE + Math.floor((i % size) / 16)]!),
      width: size,
      height: size,
    }));
    const { perImage, mean } = auPimo(enlarged);
    expect(json.auPimo).toEqual({ mean: expect.closeTo(mean, 12), images: 8 });
    expect(json.pixel.auPimo).toBe(json.auPimo.mean);
    const ofRow = (i: number) =>
      rows
        .find((row) => row.startsWith(`test/${images[i]!.defect}/00${images[i]!.index}.png`))!
        .split(',')
        .at(-1)!;
    images.forEach((_, i) => {
      if (Number.isNaN(perImage[i])) expect(ofRow(i)).toBe('');
      else expect(Number(ofRow(i))).toBeCloseTo(perImage[i]!, 12);
    });
    expect(mean).toBeGreaterThan(0);
  });

  test('reads the layout of the MVTec evaluation, and formats side by side', async () => {
    const { cwd } = await folderWithMaps(perfect);
    mkdirSync(join(cwd, 'found/data'), { recursive: true });
    renameSync(join(cwd, 'maps'), join(cwd, 'found/data/test'));
    const npy = join(cwd, 'found/data/test/good/000.npy');
    rmSync(npy);
    const black = sharp(new Uint8Array(SIDE * SIDE), { raw: { width: SIDE, height: SIDE, channels: 1 } });
    writeFileSync(npy.replace('.npy', '.png'), await black.toColourspace('b-w').png().toBuffer());
    const { code, stdout } = await rddpm(['evaluate', 'found', 'data', '--quiet'], { cwd });
    expect(stdout).toMatch(/^pixel AUROC +1\.0000$/m);
    expect(code).toBe(0);
  });

  test('a mask without a defective pixel is warned of', async () => {
    const { cwd } = await folderWithMaps(perfect);
    const defect = readdirSync(join(cwd, 'data/ground_truth'))[0]!;
    const black = sharp(new Uint8Array(SIDE * SIDE), { raw: { width: SIDE, height: SIDE, channels: 1 } });
    writeFileSync(join(cwd, `data/ground_truth/${defect}/001_mask.png`), await black.png().toBuffer());
    const { code, stderr } = await evaluate(cwd);
    expect(stderr).toBe(`warning: test/${defect}/001.png has no defective pixel in its mask: all of it counts as normal, in AUPIMO, too\n`);
    expect(code).toBe(0);
  });

  test("more pixels than a map has can't be pooled", async () => {
    const { cwd } = await folderWithMaps(perfect);
    const { code, stderr } = await evaluate(cwd, '--pooling', 'top:257');
    expect(stderr).toMatch(/000\.npy: has 256 pixels; --pooling top:257 asks for more/);
    expect(code).toBe(3);
  });

  test('float64 maps keep their digits', async () => {
    // Of the same float32, but in the right order.
    const { cwd } = await folderWithMaps(({ mask }) => ({
      shape: [SIDE, SIDE],
      data: Float64Array.from(mask, (label) => 1 + label * 1e-12),
    }));
    expect(JSON.parse((await evaluate(cwd, '--json')).stdout).pixel.auroc).toBe(1);
  });

  test('perfect maps of float64 score 1, and every gate is reached', async () => {
    const { cwd } = await folderWithMaps(perfect);
    const { code, stdout } = await evaluate(cwd, '--min', 'auroc=1', '--min', 'image.auroc=1', '--min', 'pixel.auPro05=1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pixel AUROC +1\.0000$/m);
    expect(stdout).toMatch(/^2 good and 8 defective images$/m);
  });

  test('a gate that is missed ends with 4, after the result', async () => {
    const { cwd } = await folderWithMaps(noisy);
    const { code, stdout, stderr } = await evaluate(cwd, '--json', '--min', 'auroc=0.1', '--min', 'averagePrecision=0.999');
    expect(code).toBe(4);
    expect(JSON.parse(stdout).pixel.averagePrecision).toBeLessThan(0.999);
    expect(stderr).toMatch(/^rddpm: pixel\.averagePrecision is 0\.\d{4}, --min asks for 0\.999\n$/);
  });

  test('maps of another size are brought to that of the masks, or both to --size', async () => {
    const corner = (side: number) =>
      Float32Array.from({ length: side * side }, (_, i) => (i % side < side / 2 && i < (side * side) / 2 ? 1 : 0));
    const { cwd } = await folderWithMaps(({ mask }) => ({ shape: [8, 8], data: mask.includes(1) ? corner(8) : new Float32Array(64) }));
    const raw = { width: SIDE, height: SIDE, channels: 1 } as const;
    const png = await sharp(
      Uint8Array.from(corner(SIDE), (value) => 255 * value),
      { raw },
    )
      .png()
      .toBuffer();
    const masks = join(cwd, 'data/ground_truth');
    for (const file of readdirSync(masks, { recursive: true }))
      if (file.toString().endsWith('.png')) writeFileSync(join(masks, file.toString()), png);
    for (const options of [[], ['--size', '8'], ['--size', '32']]) {
      const { pixel } = JSON.parse((await evaluate(cwd, '--json', ...options)).stdout);
      expect(pixel).toMatchObject({ auroc: 1, averagePrecision: 1, prevalence: 0.2 });
    }
  });

  test('finds the maps where rddpm detect puts them', async () => {
    const { cwd } = await folderWithMaps(perfect);
    mkdirSync(join(cwd, 'found'));
    renameSync(join(cwd, 'maps'), join(cwd, 'found/maps'));
    expect((await rddpm(['evaluate', 'found', 'data', '--quiet'], { cwd })).code).toBe(0);
  });

  test('what one class leaves undefined is null, with the reason', async () => {
    const { cwd } = await folderWithMaps(perfect);
    rmSync(join(cwd, 'data/test/good'), { recursive: true });
    rmSync(join(cwd, 'maps/good'), { recursive: true });
    const { code, stdout, stderr } = await evaluate(cwd, '--json', '--min', 'image.auroc=0.5');
    const { image, undefined: reasons } = JSON.parse(stdout);
    expect(image.auroc).toBeNull();
    expect(reasons['image.auroc']).toMatch(/both good and defective/);
    expect(stderr).toContain('image.auroc is undefined');
    expect(code).toBe(4);
  });
});

/** A second folder of maps in `other`, of the same images. */
function writeOtherMaps(cwd: string, images: Awaited<ReturnType<typeof folderWithMaps>>['images'], mapOf: MapOf): void {
  for (const [i, { defect, mask, index }] of images.entries()) {
    const path = join(cwd, 'other', defect, `00${index}.npy`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, encodeNpy(mapOf({ mask, index: i })));
  }
}

const noisier: MapOf = ({ mask, index }) => ({
  shape: [SIDE, SIDE],
  data: Float32Array.from(mask, (label, i) => label + 3 * Math.sin(37 * i + index)),
});

describe('rddpm evaluate on resamples', () => {
  const resampled = (images: readonly Scored[], options: object) =>
    resampleMetrics(
      [...images] // in the order of paths
        .sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))
        .map(({ map, mask, defect }) => ({ map, mask, width: SIDE, height: SIDE, anomalous: defect !== 'good' })),
      options,
    );
  const pathOf = (image: Scored & { index?: number }) => `${image.defect}/${image.index}`;

  test('--bootstrap gives the interval of each metric that has a value', async () => {
    const { cwd, images } = await folderWithMaps(noisy);
    const { resampling, intervals } = JSON.parse((await evaluate(cwd, '--json', '--bootstrap', '50', '--seed', '3')).stdout);
    expect(resampling).toEqual({ samples: 50, seed: 3, level: 0.95 });
    const { values } = resampled(images, { samples: 50, seed: 3 });
    for (const path of ['pixel.auroc', 'pixel.auPro30', 'pixel.prevalence', 'image.averagePrecision'] as const) {
      const { samples: _, ...expected } = intervalOf(values[path]);
      for (const [key, value] of Object.entries(expected)) expect(intervals[path][key], `${path} ${key}`).toBeCloseTo(value, 12);
    }
    expect(intervals).not.toHaveProperty('pixel.auPimo');
    const { stdout } = await evaluate(cwd, '--bootstrap');
    expect(stdout).toMatch(/^pixel AP +0\.\d{4} {2}\[0\.\d{4}, 0\.\d{4}\]$/m);
    expect(stdout).toMatch(/^AUPIMO +undefined: needs/m);
    expect(stdout).toMatch(/^95 % intervals of 1000 resamples of the images, good and defective ones drawn apart, seed 0$/m);
  });

  test('--against compares two folders of maps; gates go by the first', async () => {
    const { cwd, images } = await folderWithMaps(noisy);
    writeOtherMaps(cwd, images, noisier);
    const options = { samples: 40, seed: 0 };
    const { code, stdout } = await evaluate(cwd, '--json', '--bootstrap', '40', '--against', 'other', '--min', 'auroc=0.7');
    const { pixel, comparison } = JSON.parse(stdout);
    const others = images.map((image, i) => ({ ...image, map: noisier({ mask: image.mask, index: i }).data }));
    const expected = compareResamples(resampled(images, options), resampled(others, options));
    expect([comparison.against, comparison.correction]).toEqual(['other', 'Holm']);
    for (const path of ['pixel.auroc', 'pixel.f1Max', 'image.auroc'] as const) {
      const { estimateA, estimateB, samples: _, ...rest } = expected[path];
      for (const [key, value] of Object.entries({ value: estimateA, other: estimateB, ...rest })) {
        expect(comparison.metrics[path][key], `${path} ${key}`).toBeCloseTo(value, 12);
      }
    }
    expect(comparison.metrics).not.toHaveProperty('pixel.prevalence');
    expect(comparison.metrics['pixel.auroc']).toMatchObject({ value: pixel.auroc });
    expect(comparison.metrics['pixel.auroc'].other).toBeLessThan(0.7);
    expect(code).toBe(0);
    const table = (await evaluate(cwd, '--against', 'other')).stdout;
    expect(table).toMatch(/^A maps\nB other\n\n +A +B +A − B +95 % interval +p +p, Holm$/m);
    expect(table).toMatch(/^pixel AUROC +0\.\d{4} {2}0\.\d{4} {2}\+0\.\d{4} {2}\[\+0\.\d{4}, \+0\.\d{4}\] {2}0\.\d{4} {2}0\.\d{4}$/m);
    expect(table).toMatch(/^defective pixels +0\.\d{4}$/m);
  });

  test('threads draw the same images', async () => {
    const { cwd } = await folderWithMaps(noisy);
    const built = fileURLToPath(new URL('../bin/rddpm.js', import.meta.url));
    const options = ['evaluate', 'maps', 'data', '--json', '--bootstrap', '20', '--threads', '3', '--quiet'];
    const { stdout } = spawnSync(process.execPath, [built, ...options], { cwd, encoding: 'utf8' });
    const { intervals } = JSON.parse((await evaluate(cwd, '--json', '--bootstrap', '20')).stdout);
    for (const [path, { low, high }] of Object.entries<{ low: number; high: number }>(JSON.parse(stdout).intervals)) {
      expect(low, path).toBeCloseTo(intervals[path].low, 12);
      expect(high, path).toBeCloseTo(intervals[path].high, 12);
    }
  });

  test('a seed without resamples, and a number of resamples that is none, end with 2', async () => {
    const { cwd } = await folderWithMaps(perfect);
    const seed = await evaluate(cwd, '--seed', '1');
    expect(seed.stderr).toMatch(/--seed is that of resamples; add --bootstrap or --against/);
    const none = await evaluate(cwd, '--bootstrap', '0');
    expect(none.stderr).toMatch(/'--bootstrap \[n\]'.*whole number of at least 1/);
    expect([seed.code, none.code]).toEqual([2, 2]);
  });

  test('maps of other images are named, and end with 3', async () => {
    const { cwd, images } = await folderWithMaps(perfect);
    writeOtherMaps(cwd, images, perfect);
    rmSync(join(cwd, 'other/good/001.npy'));
    const missing = await evaluate(cwd, '--against', 'other');
    expect(missing.stderr).toMatch(/other: 1 of 10 test images without a map.*\n.*test\/good\/001\.png has no map/);
    expect(missing.code).toBe(3);
  });

  test('so are maps that a manifest says are of fewer images', async () => {
    const { cwd, images } = await folderWithMaps(perfect);
    writeOtherMaps(cwd, images, perfect);
    const path = 'test/good/001.png';
    const sha256 = createHash('sha256')
      .update(readFileSync(join(cwd, 'data', path)))
      .digest('hex');
    writeFileSync(
      join(cwd, 'other/contamination.json'),
      JSON.stringify({ overlap: false, contaminants: [path], sha256: { [path]: sha256 } }),
    );
    rmSync(join(cwd, 'other/good/001.npy'));
    const { code, stderr } = await evaluate(cwd, '--against', 'other');
    expect(stderr).toMatch(/--against needs maps of the same test images:\n {2}other has no map of test\/good\/001\.png$/m);
    expect(code).toBe(3);
  });
});

describe('rddpm evaluate on bad input', () => {
  const anyDefect = (cwd: string) => readdirSync(join(cwd, 'data/test')).find((name) => name !== 'good')!;
  const npy = (cwd: string) => join(cwd, 'maps/good/001.npy');

  test.each([
    ['an image without a map', (cwd: string) => rmSync(npy(cwd)), /1 of 10 test images without a map.*\n.*test\/good\/001\.png has no map/],
    ['a map without an image', (cwd: string) => cpSync(npy(cwd), join(cwd, 'maps/good/999.npy')), /good\/999\.npy belongs to no image/],
    ['missing maps', (cwd: string) => rmSync(join(cwd, 'maps'), { recursive: true }), /maps is missing or empty/],
    ['a map that is no .npy', (cwd: string) => writeFileSync(npy(cwd), 'text'), /good\/001\.npy: not an \.npy file/],
    [
      'a map that was cut short',
      (cwd: string) => writeFileSync(npy(cwd), readFileSync(npy(cwd)).subarray(0, 300)),
      /good\/001\.npy: .*the file has 300/,
    ],
    [
      'a map of three axes',
      (cwd: string) => writeFileSync(npy(cwd), encodeNpy({ shape: [3, 16, 16], data: new Float32Array(768) })),
      /good\/001\.npy: is \[3,16,16\]; a map must be \[height, width\]/,
    ],
    [
      'a map that holds NaN',
      (cwd: string) => writeFileSync(npy(cwd), encodeNpy({ shape: [16, 16], data: new Float32Array(256).fill(Number.NaN, 35, 36) })),
      /good\/001\.npy: is NaN at x = 3, y = 2; scores must be finite/,
    ],
    [
      'a mask of another size than its image',
      async (cwd: string) => {
        const path = join(cwd, `data/ground_truth/${anyDefect(cwd)}/000_mask.png`);
        writeFileSync(path, await sharp(readFileSync(path)).resize(8, 8).toBuffer());
      },
      /000_mask\.png.* 8x8/,
    ],
    [
      'a defective image without a mask',
      (cwd: string) => rmSync(join(cwd, `data/ground_truth/${anyDefect(cwd)}/001_mask.png`)),
      /001\.png has no mask/,
    ],
    ['a mask without an image', (cwd: string) => rmSync(join(cwd, `data/test/${anyDefect(cwd)}/001.png`)), /a mask without an image/],
  ])('%s ends with 3', async (_, spoil, message) => {
    const { cwd } = await folderWithMaps(perfect);
    await spoil(cwd);
    const { code, stdout, stderr } = await evaluate(cwd);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(3);
  });
});
