/** Folders from before methods had names: what version 1 of their files said is understood. */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors } from '@rddpm/core';
import { expect, test } from 'vitest';
import { rddpm, temporaryFolder } from './run-main.ts';
import { TINY, TINY_DETECTION, writeTinyDataset } from './tiny-data-set.ts';

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const write = (path: string, value: unknown) => writeFileSync(path, JSON.stringify(value));

/** Rewrites what a run of today has left as it was written then. */
function age(run: string): void {
  const { method: _, smoothing, config, data, version: __, calibration: ___, falseAlarms: ____, ...rest } = read(join(run, 'config.json'));
  const { loss = { name: 'mse' }, selection = null, network = {}, diffusion, training, detection } = config;
  const { size, ...others } = data;
  const sides = { sampleSize: size.width, inChannels: 3, outChannels: 3 };
  const asked = { ...detection, smoothing: smoothing.sigma };
  write(join(run, 'config.json'), {
    version: 1,
    ...rest,
    data: { ...others, size: size.width },
    loss,
    selection,
    network: { ...network, ...sides },
    diffusion,
    training,
    detection: asked,
  });
  const { threshold: judged, seed } = read(join(run, 'model/rddpm.json'));
  const threshold = { value: judged.value, quantile: 0.9, images: judged.images };
  const info = { version: 1, size: size.width, channels: 3, diffusion, detection: asked, threshold, seed, steps: training.steps };
  write(join(run, 'model/rddpm.json'), info);
  const weights = join(run, 'model/unet/diffusion_pytorch_model.safetensors');
  const { tensors, metadata } = decodeSafetensors(new Uint8Array(readFileSync(weights)));
  writeFileSync(weights, encodeSafetensors(tensors, { ...metadata, 'rddpm.json': JSON.stringify(info) }));
}

test('a run detects as it did, as a folder and as one file, and goes on', { timeout: 120_000 }, async () => {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'));
  const run = async (...argv: string[]) => {
    const { code, stderr, stdout } = await rddpm([...argv, '--quiet'], { cwd });
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };
  const tiny = [...TINY, ...TINY_DETECTION, '--recipe', '2026-11'];
  const weights = (name: string) =>
    decodeSafetensors(new Uint8Array(readFileSync(join(cwd, name, 'model/unet/diffusion_pytorch_model.safetensors')))).tensors;
  await run('train', 'data', '--out', 'run', '--loss', 'huber', '--steps', '2', ...tiny);
  await run('detect', 'run', 'data', '--out', 'before');
  await run('train', 'data', '--out', 'whole', '--loss', 'huber', '--steps', '3', ...tiny);

  age(join(cwd, 'run'));
  for (const model of ['run', 'run/model/unet/diffusion_pytorch_model.safetensors']) {
    await run('detect', model, 'data', '--out', 'after', '--overwrite');
    expect(readFileSync(join(cwd, 'after/scores.csv'), 'utf8')).toBe(readFileSync(join(cwd, 'before/scores.csv'), 'utf8'));
  }
  renameSync(join(cwd, 'run/checkpoint'), join(cwd, 'aside'));
  const { mtimeMs } = statSync(join(cwd, 'run/model/rddpm.json'));
  await run('train', 'data', '--out', 'run', '--resume');
  expect(statSync(join(cwd, 'run/model/rddpm.json')).mtimeMs).toBe(mtimeMs); // it is complete: nothing is trained
  renameSync(join(cwd, 'aside'), join(cwd, 'run/checkpoint'));
  await run('train', 'data', '--out', 'run', '--resume', '--steps', '3');
  expect(read(join(cwd, 'run/config.json'))).toMatchObject({ version: 2, method: 'rddpm-huber' });
  expect(weights('run')).toEqual(weights('whole'));
});
