import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackend } from '@rddpm/backend/cpu';
import { createRng, encodeSafetensors, toTensors } from '@rddpm/core';
import type { ContaminationManifest } from '@rddpm/data';
import { ddimSampler, dpmSolverSampler } from '@rddpm/scheduler';
import { createSchedule } from '@rddpm/scheduler/config';
import { decodeNpy } from '@rddpm/study';
import { type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { diffusionModelIn, rddpm, temporaryFolder } from './run-main.ts';
import { TINY, TINY_DETECTION, writeTinyDataset } from './tiny-data-set.ts';

vi.setConfig({ testTimeout: 180_000 }); // whole runs, on machines that may be busy

/** A data set in `data` and a model in `run`, trained without those of its defects that it was contaminated with. */
let cwd: string;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'rddpm-cli-'));
  await writeTinyDataset(join(cwd, 'data'));
  await rddpm(['train', 'data', '--out', 'run', ...TINY, ...TINY_DETECTION, '--steps', '2', '--contamination', '0.2'], { cwd });
  return () => rmSync(cwd, { recursive: true });
}, 60_000);

/** Up to the rounding of float32 sums in another order. */
async function expectClose(actual: ArrayLike<unknown>, expected: Tensor4D): Promise<void> {
  const values = await expected.data();
  expect(actual).toHaveLength(values.length);
  expect(Math.max(...values.map((value, i) => Math.abs(value - (actual[i] as number))))).toBeLessThan(1e-5);
}

async function detect(...argv: string[]) {
  onTestFinished(() => rmSync(join(cwd, 'found'), { recursive: true, force: true }));
  return rddpm(['detect', 'run', ...argv, '--out', 'found', '--quiet'], { cwd });
}

const found = (file: string) => readFileSync(join(cwd, 'found', file));
const defects = () => readdirSync(join(cwd, 'data/test')).filter((name) => name !== 'good');

describe('rddpm detect', () => {
  test('writes maps, masks, reconstructions, heat maps and scores of a test split', async () => {
    const { code, stdout } = await detect('data');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^found: 8 images, \d anomalous/);
    const { data, shape } = decodeNpy(found('maps/good/001.npy'), 'map');
    expect(shape).toEqual([16, 16]);
    const { threshold } = JSON.parse(readFileSync(join(cwd, 'run/model/rddpm.json'), 'utf8'));
    const { data: mask, info } = await sharp(found('masks/good/001.png')).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 16, height: 16 });
    expect([...mask]).toEqual(Array.from(data, (value) => (value >= threshold.value ? 255 : 0)));
    expect(await sharp(found('reconstructions/good/001.png')).metadata()).toMatchObject({ width: 16, height: 16, channels: 3 });
    expect((await sharp(found('heatmaps/good/001.png')).metadata()).height).toBe(256);
    expect(JSON.parse(found('heatmaps/scale.json').toString())).toMatchObject({ from: 0, threshold: threshold.value });
    const rows = found('scores.csv')
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    expect(rows[0]).toEqual(['path', 'defect', 'score', 'anomalous']);
    expect(rows).toHaveLength(9);
    const row = rows.find(([path]) => path === 'test/good/001.png')!;
    expect(Number(row[2])).toBe(Math.max(...data));
    expect(row[3]).toBe(String(Math.max(...data) >= threshold.value));
  });

  test('leaves out what was trained on, and evaluate knows', async () => {
    const { samples } = JSON.parse(readFileSync(join(cwd, 'run/contamination.json'), 'utf8')) as ContaminationManifest;
    const contaminants = samples.flatMap(({ path, why }) => (why === 'contaminant' ? path : []));
    expect(contaminants).toHaveLength(2);
    await detect('data');
    for (const path of contaminants) expect(found('scores.csv').toString()).not.toContain(path);
    const { code, stdout } = await rddpm(['evaluate', 'found', 'data', '--quiet'], { cwd });
    expect(stdout).toContain('2 good and 6 defective images');
    expect(code).toBe(0);
  });

  test('gives the same maps again', async () => {
    await detect('data');
    const before = found('maps/good/000.npy');
    expect((await detect('data')).code).toBe(2); // the folder is in use
    expect((await detect('data', '--overwrite')).code).toBe(0);
    expect(found('maps/good/000.npy').equals(before)).toBe(true);
  });

  test('takes a plain folder, whose name is the kind of its images', async () => {
    const [defect] = defects();
    expect((await detect(`data/test/${defect}`)).code).toBe(0);
    expect(readdirSync(join(cwd, 'found/maps', defect!))).toEqual(['000.npy', '001.npy']);
  });

  test('takes single files', async () => {
    const { code, stdout } = await detect('data/test/good/000.png', 'data/train/good/003.png', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ images: 2, broken: [] });
    expect(readdirSync(join(cwd, 'found/maps/good'))).toEqual(['000.npy', '003.npy']);
  });

  test('other settings get a threshold of their own', async () => {
    const { stdout } = await detect('data/test/good', '--forward-steps', '50', '--json');
    const { threshold } = JSON.parse(readFileSync(join(cwd, 'run/model/rddpm.json'), 'utf8'));
    expect(JSON.parse(stdout).threshold).not.toBe(threshold.value);
    const given = await detect('data/test/good', '--threshold', '0.25', '--json', '--overwrite');
    expect(JSON.parse(given.stdout).threshold).toBe(0.25);
  });

  test('an image has the same score alone, in any order and among any others, to the last digit', async () => {
    const files = ['good/000', 'good/001', readdirSync(join(cwd, 'data/test')).find((name) => name !== 'good')!].map((name) =>
      name.includes('/') ? `data/test/${name}.png` : `data/test/${name}/000.png`,
    );
    const scores = async (...paths: string[]) => {
      await detect(...paths, '--overwrite');
      const [, ...lines] = found('scores.csv').toString().trim().split('\n');
      return new Map(lines.map((line) => [line.split(',')[0]!, line.split(',')[2]!] as const));
    };
    const together = await scores(...files);
    expect(new Set(together.values()).size).toBe(3);
    for (const order of [[2, 1, 0], [1, 2, 0], [2, 0, 1], [0], [1], [2]]) {
      const some = await scores(...order.map((i) => files[i]!));
      for (const [path, score] of some) expect(score, `${order}: ${path}`).toBe(together.get(path));
    }
  });

  test('changes how the model is asked, not what it was fitted with', async () => {
    const refused = await detect('data/test/good', '--set', 'training.emaDecay=0.5');
    expect(refused.stderr).toMatch(
      /--set training\.emaDecay sets training\.emaDecay, which the model was fitted with; it can't be changed any more/,
    );
    expect(refused.code).toBe(2);
    expect((await detect('data/test/good', '--set', 'detection.error=absolute', '--threshold', '0.1')).code).toBe(0);
  });

  test('an image that does not decode is named, the others are detected, and the end is 3', async () => {
    const folder = join(cwd, 'mixed');
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(folder);
    copyFileSync(join(cwd, 'data/test/good/000.png'), join(folder, 'fine.png'));
    writeFileSync(join(folder, 'broken.png'), 'not a picture');
    const { code, stdout, stderr } = await detect('mixed');
    expect(stdout).toMatch(/^found: 1 image,/);
    expect(stderr).toMatch(/rddpm: 1 image can't be used \(mixed\/broken\.png\); found has the others/);
    expect(readdirSync(join(cwd, 'found/maps/mixed'))).toEqual(['fine.npy']);
    expect(code).toBe(3);
  });

  test.each([
    [
      'a missing run',
      ['nothing', 'data'],
      3,
      /nothing is missing or empty; it must be a folder that rddpm train --out or rddpm import --out made/,
    ],
    ['a pipeline', ['run/model/../model', 'data'], 3, /is a DDPMPipeline; take it over with rddpm import/],
    ['a folder that is no run', ['data', 'data'], 3, /data has no config\.json/],
    ['missing images', ['run', 'nothing'], 3, /nothing does not exist/],
    ['a folder without images', ['run', 'run/model'], 3, /holds no image/],
    ['two images of one name', ['run', 'data/test/good/000.png', 'data/train/good/000.png'], 3, /are both called good\/000/],
    ['more noise than the schedule has', ['run', 'data', '--forward-steps', '2000'], 2, /--forward-steps is 2000/],
  ])('%s: nothing is written', async (_, argv, expected, message) => {
    const { code, stdout, stderr } = await rddpm(['detect', ...argv, '--out', 'found', '--quiet'], { cwd });
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(expected);
    expect(readdirSync(cwd)).not.toContain('found');
  });

  test('computes on as many threads as it is told, where there are threads', async () => {
    const run = (...options: string[]) => rddpm(['detect', 'run', 'data/test/good', '--out', 'found', ...options], { cwd });
    onTestFinished(() => rmSync(join(cwd, 'found'), { recursive: true, force: true }));
    expect((await run('--threads', '1', '--backend', 'onnx')).stderr).toMatch(/^backend: onnx, CPU, 1 thread \(/m);
    for (const backend of ['cpu', 'webgpu']) {
      const { code, stderr } = await run('--threads', '1', '--backend', backend, '--overwrite');
      expect(stderr).toContain(`--threads belongs to --backend onnx and tensorflow; ${backend} has none to choose`);
      expect(code).toBe(2);
    }
  });

  test("takes a model that is one file, the folder's own or a copy elsewhere, and finds the same", async () => {
    await detect('data/test/good');
    const before = found('maps/good/001.npy');
    copyFileSync(join(cwd, 'run/model/unet/diffusion_pytorch_model.safetensors'), join(cwd, 'alone.safetensors'));
    const { code, stdout } = await rddpm(['detect', 'alone.safetensors', 'data/test/good', '--out', 'found', '--overwrite', '--json'], {
      cwd,
    });
    expect(code).toBe(0);
    expect(found('maps/good/001.npy').equals(before)).toBe(true);
    const { threshold } = JSON.parse(readFileSync(join(cwd, 'run/model/rddpm.json'), 'utf8'));
    expect(JSON.parse(stdout)).toMatchObject({ images: 2, threshold: threshold.value });
    const otherwise = ['detect', 'alone.safetensors', 'data/test/good', '--out', 'found', '--overwrite', '--draws', '2'];
    const refused = await rddpm(otherwise, { cwd });
    expect(refused.stderr).toMatch(/set otherwise than when the threshold was made, and there are no training images .*; give --threshold/);
    expect(refused.code).toBe(2);
    expect((await rddpm([...otherwise, '--threshold', '0.1'], { cwd })).code).toBe(0);
  });

  test.each([
    ['is missing', undefined, /nothing\.safetensors can't be read: ENOENT/],
    ['is something else', Buffer.from('no tensors, but a text of some length'), /nothing\.safetensors: not a safetensors file/],
    [
      'holds another network',
      Buffer.from(encodeSafetensors({}, { format: 'pt' })),
      /nothing says how images are prepared: its metadata lacks 'rddpm\.json'/,
    ],
  ])('a model file that %s is an error of the data', async (_, bytes, message) => {
    const other = temporaryFolder();
    if (bytes) writeFileSync(join(other, 'nothing.safetensors'), bytes);
    const { code, stderr } = await rddpm(['detect', 'nothing.safetensors', join(cwd, 'data'), '--out', 'found'], { cwd: other });
    expect(stderr).toMatch(message);
    expect(code).toBe(3);
  });

  test('a run that was not finished has no model yet', async () => {
    const other = temporaryFolder();
    mkdirSync(join(other, 'run'));
    copyFileSync(join(cwd, 'run/config.json'), join(other, 'run/config.json'));
    const { code, stderr } = await rddpm(['detect', 'run', join(cwd, 'data'), '--out', 'found'], { cwd: other });
    expect(stderr).toMatch(/holds no trained model .*finish rddpm train, with --resume/);
    expect(code).toBe(3);
  });
});

describe('rddpm export', () => {
  test('diffusers: the model folder as it is', async () => {
    const { code, stdout } = await rddpm(['export', 'run', '--format', 'diffusers', '--out', 'exported', '--json'], { cwd });
    expect(code).toBe(0);
    for (const file of JSON.parse(stdout).files) {
      expect(readFileSync(join(cwd, 'exported', file)).equals(readFileSync(join(cwd, 'run/model', file)))).toBe(true);
    }
    expect(JSON.parse(stdout).files).toContain('unet/diffusion_pytorch_model.safetensors');
  });

  test('onnx: graphs that ONNX Runtime runs alone, and that compute what the network and the sampler compute', async () => {
    const { code, stdout } = await rddpm(['export', 'run', '--format', 'onnx', '--batch', '2', '--out', 'graph'], { cwd });
    expect(stdout).toBe('graph: denoiser.onnx, reverse-step.onnx, reverse-chain.json, rddpm.json\n');
    expect(code).toBe(0);
    const shape: [number, number, number, number] = [2, 16, 16, 3];
    const normals = (seed: number) => createRng(seed).normal(new Float32Array(2 * 16 * 16 * 3));
    const images = (values: Float32Array) => new OrtTensor('float32', values, shape);
    const backend = await createBackend();
    const model = await diffusionModelIn(join(cwd, 'run/model'));
    const { network } = model;
    const schedule = createSchedule(model.asked.diffusion.schedule);
    const weights = toTensors(model.weights);

    const denoiser = await InferenceSession.create(join(cwd, 'graph/denoiser.onnx'));
    const t = Int32Array.of(5, 700);
    const predicted = await denoiser.run({ 'in.x': images(normals(0)), 'in.t': new OrtTensor('int32', t, [2]) });
    const predict = backend.compile((args: { x: Tensor4D; t: Tensor1D }) => network.predict(weights, args.x, args.t));
    await expectClose(predicted['out.prediction']!.data, await predict({ x: tensor4d(normals(0), shape), t: tensor1d(t, 'int32') }));

    // the whole chain, as a stranger would walk it who has these files alone
    const reverseStep = await InferenceSession.create(join(cwd, 'graph/reverse-step.onnx'));
    const chain = JSON.parse(readFileSync(join(cwd, 'graph/reverse-chain.json'), 'utf8'));
    expect(chain.forward.signalScale ** 2).toBeCloseTo(schedule.alphasCumprod[199]!, 12);
    expect(chain.forward.signalScale ** 2 + chain.forward.noiseScale ** 2).toBeCloseTo(1, 12);
    expect(chain.steps.map(({ t }: { t: number }) => t)).toEqual([199, 0]);
    const sampler = ddimSampler(schedule);
    let [xt, expected] = [images(normals(0)), tensor4d(normals(0), shape)];
    for (const [i, { t, coefficients }] of chain.steps.entries()) {
      const result = await reverseStep.run({
        'in.xt': xt,
        'in.t': new OrtTensor('int32', Int32Array.of(t, t), [2]),
        'in.noise': images(normals(1)),
        'in.coefficients': new OrtTensor('float32', Float32Array.from(coefficients), [coefficients.length]),
      });
      const prediction = network.predict(weights, expected, tensor1d([t, t], 'int32'));
      const step = { xt: expected, prediction, noise: tensor4d(normals(1), shape), t, tPrev: chain.steps[i + 1]?.t ?? -1 };
      const { xPrev, x0 } = sampler.step(step);
      await expectClose(result['out.x0']!.data, x0);
      await expectClose(result['out.xPrev']!.data, xPrev);
      [xt, expected] = [result['out.xPrev'] as typeof xt, xPrev];
    }
  });

  test('onnx: a solver that remembers gets its previous x0', async () => {
    const flags = [...TINY, '--sampler', 'dpm-solver++', '--evaluations', '3', '--draws', '1', '--method', 'ddpm', '--steps', '1'];
    await rddpm(['train', 'data', '--out', 'solver', ...flags], { cwd });
    const exported = await rddpm(['export', 'solver', '--format', 'onnx', '--out', 'solver-graph'], { cwd });
    expect(exported.stderr).toBe('');
    const { network, weights: host, asked } = await diffusionModelIn(join(cwd, 'solver/model'));
    const sampler = dpmSolverSampler(createSchedule(asked.diffusion.schedule));
    await createBackend();
    const weights = toTensors(host);
    const session = await InferenceSession.create(join(cwd, 'solver-graph/reverse-step.onnx'));
    const { steps } = JSON.parse(readFileSync(join(cwd, 'solver-graph/reverse-chain.json'), 'utf8'));
    const shape: [number, number, number, number] = [1, 16, 16, 3];
    const image = (seed: number) => createRng(seed).normal(new Float32Array(16 * 16 * 3));
    const { t, coefficients } = steps[1];
    const input = (values: Float32Array) => new OrtTensor('float32', values, shape);
    const feeds: Record<string, OrtTensor> = {
      'in.xt': input(image(0)),
      'in.noise': input(image(1)),
      'in.previousX0': input(image(2)),
      'in.t': new OrtTensor('int32', Int32Array.of(t), [1]),
      'in.coefficients': new OrtTensor('float32', Float32Array.from(coefficients), [coefficients.length]),
    };
    const result = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!])));
    const [xt, previousX0] = [tensor4d(image(0), shape), tensor4d(image(2), shape)];
    const prediction = network.predict(weights, xt, tensor1d([t], 'int32'));
    const { xPrev } = sampler.step({ xt, prediction, noise: xt, previousX0, t, tPrev: steps[2].t, tBefore: steps[0].t });
    await expectClose(result['out.xPrev']!.data, xPrev);
  });

  test('needs a format that it knows', async () => {
    const { code, stderr } = await rddpm(['export', 'run', '--format', 'onyx', '--out', 'other'], { cwd });
    expect(stderr).toMatch(/Allowed choices are diffusers, onnx/);
    expect(code).toBe(2);
  });
});
