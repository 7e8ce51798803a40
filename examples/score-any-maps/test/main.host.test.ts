import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dump } from 'npyjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scoreMaps } from '../src/main.ts';

const example = fileURLToPath(new URL('..', import.meta.url));
const sample = join(example, 'sample');

let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'score-any-maps-'));
});
afterAll(() => rm(copy, { recursive: true }));

test('scores what numpy wrote as scikit-learn does', async () => {
  const golden = JSON.parse(await readFile(new URL('./goldens/sample.json', import.meta.url), 'utf8'));
  const metrics = await scoreMaps(sample);
  expect(metrics.images).toBe(3);
  expect(metrics.auroc).toBeCloseTo(golden.auroc, 12);
  expect(metrics.averagePrecision).toBeCloseTo(golden.averagePrecision, 12);
  expect(metrics.imageAuroc).toBe(golden.imageAuroc);
});

test('prints what its README says', async () => {
  const readme = await readFile(join(example, 'README.md'), 'utf8');
  const start = JSON.parse(await readFile(join(example, 'package.json'), 'utf8')).scripts.start as string;
  const { stdout } = await promisify(execFile)(process.execPath, start.split(' ').slice(1), { cwd: example });
  expect(stdout).toBe(readme.match(/```text\n(.*?)```/s)?.[1]);
});

test('names a map without a mask', async () => {
  await cp(sample, copy, { recursive: true });
  await rm(join(copy, 'masks', 'dents.npy'));
  await expect(scoreMaps(copy)).rejects.toThrow('dents.npy must be in both maps/ and masks/');
});

test('names a file of another shape', async () => {
  await cp(sample, copy, { recursive: true });
  await writeFile(join(copy, 'maps', 'good.npy'), new Uint8Array(dump(new Float32Array(8), [2, 2, 2])));
  await expect(scoreMaps(copy)).rejects.toThrow('good.npy: the shape is [2,2,2] with 8 values');
});

test('masks of booleans or of 64-bit integers will do', async () => {
  await cp(sample, copy, { recursive: true });
  const mask = new Uint8Array(await readFile(join(sample, 'masks', 'dents.npy'))).slice(128);
  await writeFile(join(copy, 'masks', 'dents.npy'), new Uint8Array(dump(BigInt64Array.from(mask, BigInt), [24, 32])));
  expect(await scoreMaps(copy)).toEqual(await scoreMaps(sample));
  const asBooleans = Buffer.from((await readFile(join(sample, 'masks', 'dents.npy'))).toString('latin1').replace('|u1', '|b1'), 'latin1');
  await writeFile(join(copy, 'masks', 'dents.npy'), asBooleans);
  expect(await scoreMaps(copy)).toEqual(await scoreMaps(sample));
});
