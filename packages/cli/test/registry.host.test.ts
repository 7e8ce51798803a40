/** The command with a method and a layout that it has never heard of: in a registry of its own, and as a plugin. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { meanImage } from '@rddpm/baselines';
import { FormatError } from '@rddpm/core';
import type { DatasetLayout, Method, Sample } from '@rddpm/core/contracts';
import { parseResults } from '@rddpm/report';
import { decodeNpy } from '@rddpm/study';
import ndarray from 'ndarray';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CHOICES, type Choices } from '../src/registry.ts';
import { rddpm, temporaryFolder } from './run-main.ts';

let cwd: string;

/** 'normal/<n>.png' and 'odd/<n>.png', and of the odd ones 'truth/<n>.png': nothing says which are for training. */
const toyLayout: DatasetLayout = {
  name: 'toy-folders',
  recognises: (paths) => (paths.some((path) => path.startsWith('normal/')) ? 1 : 0),
  async read(source) {
    const paths = await source.list();
    const samples = paths.flatMap((path): Sample[] => {
      const [kind, file = ''] = path.split('/');
      if (kind !== 'normal' && kind !== 'odd') return [];
      const split = kind === 'normal' && Number.parseInt(file, 10) >= 2 ? 'train' : 'test';
      return [{ id: path.replace(/\.png$/, ''), path, split, anomalous: kind === 'odd', kind }];
    });
    if (samples.length === 0) throw new FormatError('toy-folders: there is neither normal/ nor odd/');
    return { samples, problems: [] };
  },
  truth: async ({ path, anomalous }) => (anomalous ? { masks: [{ path: path.replace('odd/', 'truth/') }] } : undefined),
};

/** A pixel's distance to the mean brightness of all training pixels, times `gain`. Plain JavaScript: this is the text of the plugin, too. */
const TOY_METHOD = `{
  name: 'toy-brightness',
  role: 'method',
  accepts: ['image'],
  config: {
    parse(value = {}, before = { gain: 1 }) {
      const config = { ...before, ...value };
      const unknown = Object.keys(config).find((key) => key !== 'gain');
      if (unknown || !(config.gain > 0)) throw Object.assign(new Error('toy-brightness: gain must be a number above 0'), { name: 'ConfigError' });
      return config;
    },
    json: { type: 'object', properties: { gain: { type: 'number' } } },
    affects: () => 'score',
  },
  input: (_, offered) => ({ ...offered, width: 8, height: 8, channels: 1 }),
  async *fit(training, _, { resume }) {
    if (resume) yield { kind: 'resumed', step: 1 };
    const { values } = await training.read(Int32Array.from({ length: training.count }, (_, row) => row));
    const brightness = values.data.reduce((sum, value) => sum + value, 0) / values.data.length;
    yield { kind: 'progress', step: 1, steps: 1, measures: { brightness } };
    yield { kind: 'checkpoint', step: 1, bytes: Uint8Array.of(1) };
    return { brightness };
  },
  async scorer({ brightness }, { gain }) {
    return {
      async score({ values }) {
        const [n, h, w] = values.shape;
        return { maps: ndarray(Float32Array.from(values.data, (value) => gain * Math.abs(value - brightness)), [n, h, w]) };
      },
      dispose() {},
    };
  },
  files: {
    encode: ({ brightness }) => [{ path: 'brightness.json', parts: [new TextEncoder().encode(JSON.stringify(brightness))] }],
    async decode(read) {
      const file = await read.open('brightness.json');
      return { brightness: JSON.parse(new TextDecoder().decode(await file.read(0, file.size))) };
    },
  },
  facts: ({ brightness }) => ({ brightness }),
}`;
const toyMethod = new Function('ndarray', `return ${TOY_METHOD}`)(ndarray) as Method;

const OWN: Choices = {
  layouts: [toyLayout],
  methods: async () => [toyMethod, meanImage],
  studies: async () => [],
  recipes: async () => [],
};

/** @param level Of compression: files of one picture that differ. */
async function writePng(path: string, side: number, level: number, brightAt?: number): Promise<void> {
  const data = Uint8Array.from({ length: side * side }, (_, i) => (i === brightAt ? 255 : 60));
  mkdirSync(join(path, '..'), { recursive: true });
  await sharp(data, { raw: { width: side, height: side, channels: 1 } })
    .png({ compressionLevel: level })
    .toFile(path);
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'rddpm-registry-'));
  for (let i = 0; i < 6; i++) await writePng(join(cwd, `data/normal/${i}.png`), 16, i);
  for (let i = 0; i < 3; i++) {
    await writePng(join(cwd, `data/odd/${i}.png`), 16, 6, 16 * 5 + 2 * i);
    const mask = Uint8Array.from({ length: 256 }, (_, k) => (k === 16 * 5 + 2 * i ? 255 : 0));
    mkdirSync(join(cwd, 'data/truth'), { recursive: true });
    await sharp(mask, { raw: { width: 16, height: 16, channels: 1 } })
      .png()
      .toFile(join(cwd, `data/truth/${i}.png`));
  }
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** Train, detect, benchmark and its report. @param name Of the method. */
async function throughAll(run: (...argv: string[]) => ReturnType<typeof rddpm>, out: string): Promise<void> {
  const fine = async (...argv: string[]) => {
    const { code, stdout, stderr } = await run(...argv, '--quiet');
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };
  const path = (...parts: string[]) => join(cwd, out, ...parts);
  expect(await fine('verify', 'data')).toMatch(/train {2}normal 4\n {2}test {3}normal 2, odd 3/);
  await fine('train', 'data', '--out', `${out}/run`, '--method', 'toy-brightness', '--size', '16', '--set', 'gain=2');
  expect(JSON.parse(readFileSync(path('run/config.json'), 'utf8'))).toMatchObject({ method: 'toy-brightness', config: { gain: 2 } });
  expect(readdirSync(path('run/model')).sort()).toEqual(['brightness.json', 'rddpm.json']);
  expect((await run('train', 'data', '--out', `${out}/run`, '--resume', '--quiet')).code).toBe(0);

  await fine('detect', `${out}/run`, 'data', '--out', `${out}/found`, '--smoothing', '0');
  const { shape, data } = decodeNpy(new Uint8Array(readFileSync(path('found/maps/odd/0.npy'))), 'map');
  expect(shape).toEqual([8, 8]); // what the method wants to be shown
  expect(Math.max(...data)).toBeGreaterThan(
    10 * Math.max(...decodeNpy(new Uint8Array(readFileSync(path('found/maps/normal/0.npy'))), 'map').data),
  );
  expect(existsSync(path('found/reconstructions'))).toBe(false); // it has no such picture
  expect(await fine('evaluate', `${out}/found`, 'data', '--min', 'image.auroc=1')).toContain('image AUROC');

  const options = ['--size', '16', '--contamination', '0', '--smoothing', '0', '--set', 'gain=3'];
  const table = await fine('benchmark', 'data', '--out', `${out}/bench`, '--methods', 'toy-brightness,mean-image', ...options);
  expect(table).toMatch(/^toy-brightness .*\n.*\nmean-image /m);
  const { methods, protocol } = parseResults(readFileSync(path('bench/results.json'), 'utf8'), 'results.json');
  expect(protocol.size).toEqual({ width: 16, height: 16 });
  expect(methods[0]).toMatchObject({
    name: 'toy-brightness',
    role: 'method',
    image: { auroc: 1 },
    facts: { brightness: expect.closeTo(60 / 255, 6) },
  });
  expect(methods[0]!.reconstruction).toBeUndefined();
  expect(methods[1]).toMatchObject({ name: 'mean-image', role: 'reference', reconstruction: { mse: 0 } });
  expect(
    decodeNpy(new Uint8Array(readFileSync(path('bench/toy-brightness_contamination-0_seed-0/detection/maps/odd/0.npy'))), 'map').shape,
  ).toEqual([16, 16]);
  const page = readFileSync(path('bench/report.html'), 'utf8');
  expect(page).toContain('toy-brightness');
}

describe('a method and a layout from elsewhere go through train, detect, benchmark and report', () => {
  test('in a registry of its own', () => throughAll((...argv) => rddpm(argv, { cwd, choices: OWN }), 'own'));

  test('as plugins', async () => {
    writeFileSync(join(cwd, 'toy-method.mjs'), `${ndarrayImport()}\nexport default ${TOY_METHOD};\n`);
    const choices = { ...CHOICES, layouts: [...CHOICES.layouts, toyLayout] };
    await throughAll((...argv) => rddpm([...argv, '--plugin', './toy-method.mjs'], { cwd, choices }), 'plugin');
    const { code, stderr } = await rddpm(['detect', 'plugin/run', 'data', '--out', 'x'], { cwd, choices });
    expect(stderr).toMatch(/rddpm\.json: 'toy-brightness' is unknown; the methods are ddpm, /);
    expect(code).toBe(2);
  });
});

/** The plugin lies outside of all packages. */
const ndarrayImport = () => `import ndarray from ${JSON.stringify(import.meta.resolve('ndarray'))};`;

describe('what can not work is said', () => {
  const plugin = async (text: string, ...argv: string[]) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'plugin.mjs'), text);
    cpSync(join(cwd, 'data'), join(folder, 'data'), { recursive: true });
    const choices = { ...CHOICES, layouts: [...CHOICES.layouts, toyLayout] };
    return rddpm([...argv, '--plugin', './plugin.mjs', '--quiet'], { cwd: folder, choices });
  };
  const training = ['train', 'data', '--out', 'run', '--size', '8', '--method', 'toy-brightness'];
  const changed = (change: string) => `${ndarrayImport()}\nconst toy = ${TOY_METHOD};\nexport default { ...toy, ${change} };\n`;
  const scoring = (maps: string) =>
    changed(`scorer: async () => ({ score: async ({ values: { shape: [n, h, w] } }) => ({ maps: ${maps} }), dispose() {} })`);

  test.each<[string, string, RegExp, number]>([
    ['a plugin with a slip', 'export default {', /--plugin \.\/plugin\.mjs can't be loaded: /, 2],
    [
      'a plugin without a default',
      'export const method = 1;',
      /has no default export; it must be a method, a data set layout, or a list of them/,
      2,
    ],
    [
      'a plugin that is neither',
      'export default { name: "x", fit() {} };',
      /neither a method \(it lacks role, accepts, config, .*\) nor a data set layout \(it lacks recognises, /,
      2,
    ],
    ['two methods of one name', changed("name: 'ddpm'"), /there are two methods called 'ddpm'; each needs a name of its own/, 2],
    [
      'a method for other data',
      changed("accepts: ['series']"),
      /--method toy-brightness doesn't take images, which the data set has; it takes series/,
      2,
    ],
    [
      'maps of another size',
      scoring('ndarray(new Float32Array(n * h), [n, h, 1])'),
      /toy-brightness: its maps are \[4,8,1\]; they must be \[4,8,8\]/,
      1,
    ],
    [
      'maps that are not finite',
      scoring('ndarray(new Float32Array(n * h * w).fill(NaN), [n, h, w])'),
      /toy-brightness: the map of item 0 is NaN at row 0, column 0/,
      2,
    ],
    [
      'a picture called like what every detection has',
      scoring('ndarray(new Float32Array(n * h * w), [n, h, w]), pictures: { map: ndarray(new Float32Array(n * h * w), [n, h, w, 1]) }'),
      /toy-brightness: a picture is called 'map'; it must be lower-case letters, and none of map, mask, heatmap/,
      2,
    ],
    [
      'a score without maps',
      changed('scorer: async () => ({ score: async () => ({}), dispose() {} })'),
      /toy-brightness: its scorer returned no maps; they must be \[4,8,8\]/,
      1,
    ],
  ])('%s', async (_, text, message, expected) => {
    const { code, stderr, stdout } = await plugin(text, ...training);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([expected, '']);
  });

  test('a plugin that is not there', async () => {
    const { code, stderr } = await rddpm([...training, '--plugin=nothing.mjs'], { cwd: temporaryFolder() });
    expect(stderr).toMatch(/--plugin nothing\.mjs can't be loaded: /);
    expect(code).toBe(2);
  });

  test('a data set that no layout recognises, and one that two do', async () => {
    const twin: DatasetLayout = { ...toyLayout, name: 'twin' };
    const two: Choices = { ...OWN, layouts: [toyLayout, twin] };
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'other'));
    writeFileSync(join(folder, 'other/notes.txt'), '');
    const none = await rddpm(['verify', 'other'], { cwd: folder, choices: two });
    expect(none.stderr).toMatch(
      /other has none of the layouts toy-folders, twin; it holds 1 file, such as notes\.txt, and no picture \(png, /,
    );
    const both = await rddpm(['verify', 'data'], { cwd, choices: two });
    expect(both.stderr).toMatch(/data may have any of the layouts toy-folders, twin; name one of them/);
    expect([none.code, both.code]).toEqual([3, 3]);
    expect((await rddpm(['verify', 'data', '--layout', 'twin'], { cwd, choices: two })).code).toBe(0);
    onTestFinished(() => rmSync(join(cwd, 'named'), { recursive: true, force: true }));
    const named = await rddpm(['train', 'data', '--out', 'named', '--method', 'mean-image', '--layout', 'twin', '--size', '8'], {
      cwd,
      choices: two,
    });
    expect(named.code).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, 'named/config.json'), 'utf8')).layout).toBe('twin');
  });

  test("options go to methods that have their fields; nobody's is an error", async () => {
    const train = (...argv: string[]) =>
      rddpm(['train', 'data', '--out', 'never', '--method', 'mean-image', ...argv], { cwd, choices: { ...CHOICES, layouts: [toyLayout] } });
    expect((await train('--steps', '3')).stderr).toMatch(/--steps sets training\.steps, which mean-image has not; it belongs to ddpm, /);
    expect((await train('--set', 'colour=1')).stderr).toMatch(/--set colour sets colour, which mean-image has not; no method has it/);
    expect((await train('--set', 'error=cubed')).stderr).toMatch(/mean-image: .*Invalid option.*at error/s);
    expect((await train('--loss', 'huber')).stderr).toMatch(/--method names the whole method; leave --loss and --selection out/);
    expect(existsSync(join(cwd, 'never'))).toBe(false);
  });

  test('a test image that is broken is found before anything is fitted', async () => {
    const folder = temporaryFolder();
    cpSync(join(cwd, 'data'), join(folder, 'data'), { recursive: true });
    writeFileSync(join(folder, 'data/odd/1.png'), 'no picture');
    const argv = ['benchmark', 'data', '--out', 'out', '--methods', 'toy-brightness', '--contamination', '0', '--size', '16', '--quiet'];
    const { code, stderr } = await rddpm(argv, { cwd: folder, choices: OWN });
    expect(stderr).toMatch(/1 of 5 images can't be used; .*odd\/1\.png/s);
    expect(code).toBe(3);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  test('a data set of which nothing is for training, or nobody knows what is anomalous', async () => {
    const benchmark = (samples: (sample: Sample) => Sample) => {
      const layout: DatasetLayout = {
        ...toyLayout,
        read: async (source) => ({ samples: (await toyLayout.read(source)).samples.map(samples), problems: [] }),
      };
      const argv = ['benchmark', 'data', '--out', 'never', '--methods', 'mean-image', '--contamination', '0', '--size', '8', '--quiet'];
      return rddpm(argv, { cwd, choices: { ...OWN, layouts: [layout] } });
    };
    const untrained = await benchmark((sample) => ({ ...sample, split: 'test' }));
    expect(untrained.stderr).toMatch(/data has no training images, as its layout toy-folders reads it/);
    const unknown = await benchmark(({ anomalous: _, ...sample }) => sample);
    expect(unknown.stderr).toMatch(/normal\/0\.png is a test image of which nobody says whether it is anomalous; it can't be scored/);
    expect([untrained.code, unknown.code]).toEqual([3, 3]);
  });
});
