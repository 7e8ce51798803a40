import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSafetensors } from '@rddpm/core';
import type { ContaminationManifest } from '@rddpm/data';
import { type MethodResult, parseResults, type Results } from '@rddpm/report';
import { expect, test } from 'vitest';
import { rddpm, temporaryFolder } from './run-main.ts';
import { TINY, TINY_DETECTION, writeTinyDataset } from './tiny-data-set.ts';

const cellOf = (method: string) => `${method}_contamination-0.2_seed-0`;

test('compares methods with each other and with what needs no training; a run that was cut off goes on', { timeout: 180_000 }, async () => {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'));
  const argv = [
    'benchmark',
    'data',
    '--methods',
    'ddpm,rddpm-lts,untrained,mean-image',
    '--keep',
    '0.5',
    '--steps',
    '2',
    '--overlap',
    '--out',
    'out',
    ...TINY,
    ...TINY_DETECTION,
  ];
  const { code, stdout, stderr } = await rddpm(argv, { cwd });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ddpm .*\nrddpm-lts /m);
  expect(stdout).toMatch(/^untrained .*\nmean-image /m);

  const out = join(cwd, 'out');
  const read = (file: string) => readFileSync(join(out, file), 'utf8');
  const results = parseResults(read('results.json'), 'results.json');
  expect(results.dataset).toBe('data');
  expect(results.protocol).toMatchObject({ size: { width: 16, height: 16 }, contamination: 0.2, of: 'normals', overlap: true, seed: 0 });
  expect(results.protocol.images).toEqual({ train: 12, contaminants: 2, testGood: 2, testDefective: 8 });
  expect(results.methods.map(({ name, role }) => [name, role])).toEqual([
    ['ddpm', 'method'],
    ['rddpm-lts', 'method'],
    ['untrained', 'reference'],
    ['mean-image', 'reference'],
  ]);
  expect(results.cells.map(({ method, contamination, seed }) => [method, contamination, seed])).toEqual(
    ['ddpm', 'rddpm-lts', 'untrained', 'mean-image'].map((method) => [method, 0.2, 0]),
  );
  const [ddpm, lts] = results.methods as [MethodResult, MethodResult];
  expect(ddpm.facts).toMatchObject({ loss: { name: 'mse' }, steps: 2 });
  expect(lts.facts).toMatchObject({ loss: { name: 'lts', keep: 0.5, over: 'samples' }, steps: 2 });
  expect(ddpm.timing).toEqual({ fitSeconds: expect.any(Number), secondsPerStep: expect.any(Number), imagesPerSecond: expect.any(Number) });
  expect(ddpm.curves.map(({ name, x }) => [name, x])).toEqual([
    ['loss', 'step'],
    ['mean squared error, t 0 to 249', 'step'],
    ['mean squared error, t 250 to 499', 'step'],
    ['mean squared error, t 500 to 749', 'step'],
    ['mean squared error, t 750 to 999', 'step'],
  ]);
  expect(ddpm.curves[0]!.points.at(-1)).toEqual([2, expect.any(Number)]);
  expect(results.methods[2]).toMatchObject({
    facts: {},
    timing: { fitSeconds: expect.any(Number), imagesPerSecond: expect.any(Number) },
    curves: [],
  });
  const { mse, psnr } = ddpm.reconstruction!;
  expect(psnr).toBeCloseTo(-10 * Math.log10(mse!), 10);
  const { samples } = JSON.parse(read(`${cellOf('ddpm')}/contamination.json`)) as ContaminationManifest;
  const seen = new Set(samples.flatMap(({ kind, why }) => (why === 'contaminant' ? kind : [])));
  expect(ddpm.defects.map(({ name, seenInTraining, count }) => [name, seenInTraining, count])).toEqual(
    readdirSync(join(cwd, 'data/ground_truth'))
      .sort()
      .map((name) => [name, seen.has(name), 2]),
  );

  expect(read('results.csv').split('\r\n')).toHaveLength(6);
  expect(read('report.html')).toContain('rddpm-lts');

  // The scores are those of the maps that lie there.
  const scored = await rddpm(['evaluate', `out/${cellOf('ddpm')}/detection`, 'data', '--size', '16', '--json', '--quiet'], { cwd });
  const pixel = Object.fromEntries(
    Object.entries(ddpm.pixel).map(([name, value]) => [name, value === null ? null : expect.closeTo(value as number, 12)]),
  ); // up to the order of sums
  expect(JSON.parse(scored.stdout)).toMatchObject({ pixel, image: ddpm.image });

  // Cut off in the middle: one cell is finished, one has trained nothing that could be used, one is not there.
  const weights = join(out, cellOf('rddpm-lts'), 'model/unet/diffusion_pytorch_model.safetensors');
  const before = readFileSync(weights);
  rmSync(join(out, cellOf('rddpm-lts'), 'results.json'));
  rmSync(join(out, cellOf('rddpm-lts'), 'model'), { recursive: true });
  rmSync(join(out, cellOf('rddpm-lts'), 'checkpoint'), { recursive: true });
  rmSync(join(out, cellOf('mean-image')), { recursive: true });
  rmSync(join(out, 'results.json'));
  const untouched = statSync(join(out, cellOf('ddpm'), 'results.json')).mtimeMs;
  expect((await rddpm(argv, { cwd })).code).toBe(2);
  expect((await rddpm([...argv, '--resume'], { cwd })).code).toBe(0);
  expect(statSync(join(out, cellOf('ddpm'), 'results.json')).mtimeMs).toBe(untouched);
  expect(readFileSync(weights).equals(before)).toBe(true);
  const again = JSON.parse(read('results.json')) as Results;
  expect(again.cells).toEqual(results.cells);

  // Another setting is another benchmark.
  const other = await rddpm([...argv, '--resume', '--smoothing', '1'], { cwd });
  expect(other.stderr).toMatch(/--resume: smoothing\.sigma is \[1,3\] in .*config\.json but 1 here/);
  expect(other.code).toBe(2);
});

test('methods start from the same weights, and differ by their loss alone', { timeout: 120_000 }, async () => {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'));
  const losses = { mse: ['--loss', 'mse'], lts: ['--loss', 'lts', '--keep', '1'], half: ['--loss', 'lts', '--keep', '0.5'] };
  const weights: Record<string, Float32Array> = {};
  for (const [name, options] of Object.entries(losses)) {
    await rddpm(['train', 'data', '--out', name, ...TINY, ...TINY_DETECTION, '--steps', '2', ...options], { cwd });
    const file = new Uint8Array(readFileSync(join(cwd, name, 'model/unet/diffusion_pytorch_model.safetensors')));
    weights[name] = decodeSafetensors(file).tensors['conv_in.weight']!.data;
  }
  const distance = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
  expect(distance(weights.mse!, weights.lts!)).toBeLessThan(1e-6); // LTS that keeps everything is the squared error, up to rounding
  expect(distance(weights.mse!, weights.half!)).toBeGreaterThan(1e-5);
});
