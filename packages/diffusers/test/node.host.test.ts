import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FormatError } from '@rddpm/core';
import { readPipeline } from '@rddpm/diffusers';
import { loadPretrained, savePretrained } from '@rddpm/diffusers/node';
import { expect, onTestFinished, test } from 'vitest';
import { bytesOf, folderOf, golden } from './golden.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rddpm-diffusers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a folder on a disk is read as one in memory', async () => {
  const folder = temporaryFolder();
  for (const path of Object.keys(golden.files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytesOf(path));
  }
  const [onDisk, inMemory] = [await loadPretrained(folder), await readPipeline(folderOf())];
  expect(onDisk.weights).toEqual(inMemory.weights);
  expect(onDisk.network.config).toEqual(inMemory.network.config);
  expect(onDisk.scheduler).toEqual(inMemory.scheduler);
});

test('what is saved is loaded again, and saving again replaces it', async () => {
  const folder = temporaryFolder();
  const { network, weights, scheduler } = await readPipeline(folderOf());
  await savePretrained(folder, { network, weights, scheduler, metadata: { note: 'first' } });
  await savePretrained(folder, { network, weights, scheduler, metadata: { note: 'second' } });
  const loaded = await loadPretrained(folder);
  expect(loaded.weights).toEqual(weights);
  expect(loaded.metadata.note).toBe('second');
  expect(readdirSync(folder, { recursive: true }).map(String).sort()).toEqual(
    ['unet', 'scheduler', ...Object.keys(golden.files)].map((path) => join(path)).sort(),
  );
  expect(JSON.parse(readFileSync(join(folder, 'model_index.json'), 'utf8'))._class_name).toBe('DDPMPipeline');
});

test('a missing folder is named', async () => {
  const folder = join(temporaryFolder(), 'nothing');
  await expect(loadPretrained(folder)).rejects.toThrow(FormatError);
  await expect(loadPretrained(folder)).rejects.toThrow(`${folder} is not the folder of a DDPMPipeline: model_index.json is missing`);
});

test('a folder in the place of a file is named', async () => {
  const folder = temporaryFolder();
  const { network, weights, scheduler } = await readPipeline(folderOf());
  await savePretrained(folder, { network, weights, scheduler });
  const path = join(folder, 'unet/diffusion_pytorch_model.safetensors');
  rmSync(path);
  mkdirSync(path);
  await expect(loadPretrained(folder)).rejects.toThrow(FormatError);
  await expect(loadPretrained(folder)).rejects.toThrow(`${path} must be a file`);
});
