import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, createRng } from '@rddpm/core';
import { folderSource } from '@rddpm/data/node';
import { afterAll, expect, test } from 'vitest';
import { collectBatches, loadImages, loadMasks, parseMvtec, stackImages, stackMasks, synthesize, verifyDataset } from '../../src/index.ts';
import { writeDataset } from '../../src/node.ts';

const folder = await mkdtemp(join(tmpdir(), 'rddpm-'));
afterAll(() => rm(folder, { recursive: true }));
const draw = (size = 24) => synthesize({ kind: 'bottle', size, train: 3, testGood: 1, testPerDefect: 1, rng: createRng(5) });

test('what is written is read back exactly, sample by sample and pixel by pixel', async () => {
  const dataset = draw();
  const target = join(folder, 'deep', 'set');
  await writeDataset(target, dataset);
  const source = folderSource(target);
  const samples = await parseMvtec(source.list());
  expect(samples).toEqual(dataset.samples.map(({ image: _, mask: __, severity: ___, ...sample }) => sample));
  const masksThere = (await source.list()).filter((path) => path.startsWith('ground_truth/'));
  expect(masksThere).toEqual(samples.flatMap(({ id, anomalous }) => (anomalous ? [`ground_truth/${id}_mask.png`] : [])));
  const images = await collectBatches(loadImages(source, samples, { size: 24 }));
  const masks = await collectBatches(loadMasks(source, samples));
  expect(images).toEqual(stackImages(dataset.samples));
  expect(masks).toEqual(stackMasks(dataset.samples));
  expect((await verifyDataset(source)).problems).toEqual([]);
});

test('a data set that it wrote is replaced as a whole', async () => {
  const target = join(folder, 'again');
  await writeDataset(target, draw(24));
  await writeFile(join(target, 'train', 'good', '999.png'), 'left over');
  await writeDataset(target, draw(16));
  expect(await readdir(join(target, 'train', 'good'))).toEqual(['000.png', '001.png', '002.png']);
  expect(JSON.parse(await readFile(join(target, 'synthetic.json'), 'utf8'))).toEqual({
    kind: 'bottle',
    size: 16,
    samples: 8,
    severity: Object.fromEntries(draw(16).samples.flatMap(({ path, severity }) => (severity === undefined ? [] : [[path, severity]]))),
  });
});

test('an empty folder is taken, any other is left alone', async () => {
  const empty = join(folder, 'empty');
  await mkdir(empty);
  await writeDataset(empty, draw());
  const foreign = join(folder, 'foreign');
  await mkdir(foreign);
  await writeFile(join(foreign, 'thesis.txt'), 'years of work');
  await expect(writeDataset(foreign, draw())).rejects.toThrow(ConfigError);
  await expect(writeDataset(foreign, draw())).rejects.toThrow(/foreign holds thesis\.txt, .*; name a new or empty folder/);
  await expect(writeDataset(join(foreign, 'thesis.txt'), draw())).rejects.toThrow(/thesis\.txt is a file; name a folder/);
  expect(await readdir(foreign)).toEqual(['thesis.txt']);
});

test('after a failure there is what was there before, and nothing else', async () => {
  const target = join(folder, 'failing');
  await writeDataset(target, draw());
  const before = await readdir(folder);
  const files = await folderSource(target).list();
  const dataset = draw();
  const broken = { ...dataset, samples: [...dataset.samples.slice(0, 4), { ...dataset.samples[4]!, path: 'test/\0/000.png' }] };
  await expect(writeDataset(target, broken)).rejects.toThrow();
  expect(await readdir(folder)).toEqual(before);
  expect(await folderSource(target).list()).toEqual(files);
});
