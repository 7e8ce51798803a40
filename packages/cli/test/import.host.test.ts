import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, decodeSafetensors, encodeSafetensors } from '@rddpm/core';
import { savePretrained } from '@rddpm/diffusers/node';
import type { SchedulerConfig } from '@rddpm/scheduler/config';
import { createUNet, parameterShapes, type UNetConfig } from '@rddpm/unet';
import sharp from 'sharp';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { diffusionModelIn, rddpm } from './run-main.ts';
import { TINY, TINY_DETECTION, writeTinyDataset } from './tiny-data-set.ts';

vi.setConfig({ testTimeout: 180_000 }); // whole runs, on machines that may be busy

/** A data set in `data`, a run in `run`, and in `python` a pipeline as Python would have saved one. */
let cwd: string;

const SCHEDULER: SchedulerConfig = {
  schedule: { name: 'cosine', steps: 50 },
  prediction: 'v_prediction',
  sampler: { name: 'ddpm', variance: 'fixed_large', clip: false },
  spacing: 'leading',
};

async function savePipeline(folder: string, config: UNetConfig) {
  const rng = createRng(0);
  const weights = Object.entries(parameterShapes(config)).map(([name, shape]) => {
    const data = rng.normal(new Float32Array(shape.reduce((a, b) => a * b))).map((value) => value / 10);
    return [name, { shape, data }] as const;
  });
  await savePretrained(join(cwd, folder), { network: createUNet(config), weights: Object.fromEntries(weights), scheduler: SCHEDULER });
}

const SMALL = { sampleSize: 16, blockOutChannels: [8, 16] };

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'rddpm-cli-'));
  await writeTinyDataset(join(cwd, 'data'));
  await rddpm(['train', 'data', '--out', 'run', ...TINY, ...TINY_DETECTION, '--steps', '2'], { cwd });
  await rddpm(['export', 'run', '--format', 'diffusers', '--out', 'exported'], { cwd });
  await savePipeline('python', { ...SMALL, dropout: 0.1 });
  return () => rmSync(cwd, { recursive: true });
}, 60_000);

async function importing(...argv: string[]) {
  onTestFinished(() => rmSync(join(cwd, 'imported'), { recursive: true, force: true }));
  onTestFinished(() => rmSync(join(cwd, 'found'), { recursive: true, force: true }));
  return rddpm(['import', ...argv, '--out', 'imported', '--quiet'], { cwd });
}

const detect = (...argv: string[]) => rddpm(['detect', ...argv, '--out', 'found', '--overwrite', '--quiet'], { cwd });

describe('rddpm import', () => {
  test('of what rddpm exported finds the same as the run', async () => {
    await detect('run', 'data/test/good');
    const before = readFileSync(join(cwd, 'found/maps/good/001.npy'));
    const { code, stdout } = await importing('exported');
    const { threshold } = JSON.parse(readFileSync(join(cwd, 'run/model/rddpm.json'), 'utf8'));
    expect(stdout).toBe(`imported: exported, 16x16 pixels, threshold ${threshold.value.toPrecision(4)}\n`);
    expect(code).toBe(0);
    await detect('imported', 'data/test/good');
    expect(readFileSync(join(cwd, 'found/maps/good/001.npy')).equals(before)).toBe(true);
  });

  test("of Python's takes its schedule, its prediction and the range of its images, and our way of detecting", async () => {
    expect((await importing('python', '--evaluations', '3', '--encode', 'inversion')).code).toBe(0);
    const { info, asked, network } = await diffusionModelIn(join(cwd, 'imported/model'));
    expect(network.config.dropout).toBe(0.1);
    expect(info).toMatchObject({ input: { width: 16, height: 16, channels: 3 }, threshold: null });
    expect(asked).toMatchObject({
      diffusion: { schedule: { name: 'cosine', steps: 50 }, prediction: 'v_prediction', noise: { name: 'gaussian' } },
      detection: { forwardSteps: 50, evaluations: 3, encode: 'inversion', draws: 1, sampler: { name: 'ddim', eta: 0, clip: false } },
    });
    const scheduler = JSON.parse(readFileSync(join(cwd, 'imported/model/scheduler/scheduler_config.json'), 'utf8'));
    expect(scheduler).toMatchObject({ _class_name: 'DDPMScheduler', variance_type: 'fixed_large', timestep_spacing: 'leading' });
  });

  test('without a data set there is no threshold, so detection asks for one', async () => {
    expect((await importing('python', ...TINY_DETECTION)).stdout).toMatch(
      /no threshold \(give --dataset, or --threshold to rddpm detect\)/,
    );
    const refused = await detect('imported', 'data/test/good');
    expect(refused.stderr).toMatch(/the model has no threshold, and there are no training images to make one from; give --threshold/);
    expect(refused.code).toBe(2);
    expect((await detect('imported', 'data/test/good', '--threshold', '0.5')).stdout).toMatch(/^found: 2 images/);
  });

  test('with a data set its training images make the threshold', async () => {
    const { stdout } = await importing('python', '--dataset', 'data', ...TINY_DETECTION, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ width: 16, height: 16, threshold: { falseAlarms: 0.05, images: 10 } });
    expect((await detect('imported', 'data')).stdout).toMatch(/^found: 10 images/);
  });

  describe('what rddpm exported and Python changed', () => {
    const changed = async (file: string, change: (json: Record<string, unknown>) => Record<string, unknown>) => {
      const folder = join(cwd, 'changed');
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      cpSync(join(cwd, 'exported'), folder, { recursive: true });
      writeFileSync(join(folder, file), JSON.stringify(change(JSON.parse(readFileSync(join(folder, file), 'utf8')))));
      return importing('changed', '--json');
    };
    const scheduler = 'scheduler/scheduler_config.json';

    test('nothing: the threshold stays', async () => {
      expect(JSON.parse((await changed(scheduler, (json) => json)).stdout).threshold).toMatchObject({ falseAlarms: 0.05 });
    });

    test('what is predicted, or the range of the images: the threshold is gone, and detection follows', async () => {
      const { stdout } = await changed(scheduler, (json) => ({ ...json, prediction_type: 'v_prediction', clip_sample_range: 3 }));
      expect(JSON.parse(stdout).threshold).toBe(null);
      const { asked } = await diffusionModelIn(join(cwd, 'imported/model'));
      expect(asked).toMatchObject({ diffusion: { prediction: 'v_prediction' }, detection: { sampler: { name: 'ddim', clip: 3 } } });
    });

    test('the weights, which Python saves without our texts: the threshold is gone, the way of detecting stays', async () => {
      const path = 'unet/diffusion_pytorch_model.safetensors';
      const folder = join(cwd, 'tuned');
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      cpSync(join(cwd, 'exported'), folder, { recursive: true });
      const { tensors } = decodeSafetensors(readFileSync(join(folder, path)));
      writeFileSync(join(folder, path), encodeSafetensors(tensors, { format: 'pt' }));
      expect(JSON.parse((await importing('tuned', '--json')).stdout).threshold).toBe(null);
      expect((await diffusionModelIn(join(cwd, 'imported/model'))).asked.detection).toMatchObject({ evaluations: 2, draws: 1 });
    });
  });

  test('with another sampler keeps its variance', async () => {
    await importing('python', '--sampler', 'ddpm');
    const { asked } = await diffusionModelIn(join(cwd, 'imported/model'));
    expect(asked.detection.sampler).toEqual({ name: 'ddpm', variance: 'fixed_large', clip: false });
  });

  test('of a network for rectangles detects in frames of them; what is found has the proportions of the pictures', async () => {
    onTestFinished(() => rmSync(join(cwd, 'wide'), { recursive: true, force: true }));
    await savePipeline('wide', { ...SMALL, sampleSize: [16, 32] });
    await importing('wide', ...TINY_DETECTION);
    expect((await detect('imported', 'data/test/good', '--threshold', '1')).code).toBe(0);
    expect(await sharp(join(cwd, 'found/masks/good/000.png')).metadata()).toMatchObject({ width: 16, height: 16 });
    expect(JSON.parse(readFileSync(join(cwd, 'imported/model/rddpm.json'), 'utf8'))).toMatchObject({
      preparation: { size: { width: 32, height: 16 }, fit: 'pad' },
    });
  });

  test('what was imported can be exported', async () => {
    await importing('python', ...TINY_DETECTION);
    onTestFinished(() => rmSync(join(cwd, 'again'), { recursive: true, force: true }));
    expect((await rddpm(['export', 'imported', '--format', 'diffusers', '--out', 'again'], { cwd })).code).toBe(0);
    const weights = 'unet/diffusion_pytorch_model.safetensors';
    const { weights: before } = await diffusionModelIn(join(cwd, 'imported/model'));
    expect(readFileSync(join(cwd, 'again', weights)).equals(readFileSync(join(cwd, 'imported/model', weights)))).toBe(true);
    expect(Object.keys(before).length).toBeGreaterThan(50);
  });

  test('of a file in the way, a folder in use: nothing is written', async () => {
    await importing('python');
    const { code, stderr } = await rddpm(['import', 'python', '--out', 'imported'], { cwd });
    expect(stderr).toMatch(/imported is not empty; give --overwrite/);
    expect(code).toBe(2);
    expect((await rddpm(['import', 'python', '--out', 'imported', '--overwrite'], { cwd })).code).toBe(0);
  });

  test.each<[string, Partial<UNetConfig>, RegExp]>([
    ['two channels', { inChannels: 2 }, /in_channels is 2 and out_channels 2; both must be 3, colour, or 1, grey/],
    ['a learned variance', { outChannels: 6 }, /in_channels is 3 and out_channels 6/],
    ['times that are noise levels', { timeEmbeddingType: 'fourier' }, /time_embedding_type is fourier: .*; it must be positional/],
  ])('of a network for %s is refused', async (_, changes, message) => {
    onTestFinished(() => rmSync(join(cwd, 'odd'), { recursive: true, force: true }));
    await savePipeline('odd', { ...SMALL, ...changes });
    const { code, stderr } = await importing('odd');
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  test('of a folder that is none says what is missing', async () => {
    const { code, stderr } = await importing('data');
    expect(stderr).toMatch(/data is not the folder of a DDPMPipeline: model_index\.json is missing/);
    expect(code).toBe(3);
  });
});
