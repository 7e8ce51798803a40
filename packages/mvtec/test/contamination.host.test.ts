import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@rddpm/core';
import { applyManifest, contaminate, withHashes } from '@rddpm/data';
import { folderSource } from '@rddpm/data/node';
import { expect, test } from 'vitest';
import { parseMvtec } from '../src/index.ts';
import { realFolder } from './real-data.ts';

const samplesIn = async (folder: string) => parseMvtec(await folderSource(folder).list());
const hashIn = (folder: string) => async (path: string) =>
  createHash('sha256')
    .update(await readFile(join(folder, path)))
    .digest('hex');

for (const [path, largest, defects] of [
  ['mvtec/bottle', 0.301, 63],
  ['aitex/fabric-02', 0.169, 38],
  ['mvtec/hazelnut', 0.16, 8],
] as const) {
  test(`the largest ratio of ${path} is ${largest} of its normal images`, async (context) => {
    const samples = await samplesIn(realFolder(path, context));
    expect(() => contaminate(samples, { ratio: 0.5, rng: createRng(0) })).toThrow(`the largest possible ratio is ${largest}`);
    expect(contaminate(samples, { ratio: largest, rng: createRng(0) }).manifest).toMatchObject({
      contaminants: defects,
      largestRatio: largest,
    });
  });
}

test('a copy of hazelnut with other names gives the identical set', async (context) => {
  const folder = realFolder('mvtec/hazelnut', context);
  const { samples, manifest } = contaminate(await samplesIn(folder), { ratio: 0.1, overlap: true, rng: createRng(0) });
  const hashed = await withHashes(manifest, hashIn(folder));
  const copy = await mkdtemp(join(tmpdir(), 'rddpm-'));
  try {
    await cp(folder, copy, { recursive: true });
    for (const name of await readdir(join(copy, 'train/good')))
      await rename(join(copy, 'train/good', name), join(copy, 'train/good', `z${name}`));
    const applied = await applyManifest(hashed, await samplesIn(copy), hashIn(copy));
    const was = (path: string) => path.replace('train/good/z', 'train/good/');
    expect(applied.samples.map(({ path, split }) => [was(path), split])).toEqual(samples.map(({ path, split }) => [path, split]));
    expect(applied.unlisted).toEqual([]);
  } finally {
    await rm(copy, { recursive: true });
  }
});
