/** Training sets as options build them, and as manifests build them again. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContaminationManifest, ManifestEntry } from '@rddpm/data';
import { describe, expect, test, vi } from 'vitest';
import { mvtecFiles, png, write } from './pictures.ts';
import { rddpm, temporaryFolder } from './run-main.ts';

vi.setConfig({ testTimeout: 180_000 }); // whole runs, on machines that may be busy

const SIZE = { width: 16, height: 16 };
const MEAN = ['--method', 'mean-image', '--calibration', 'none', '--size', '16', '--quiet'];

const train = (cwd: string, dataset: string, out: string, ...argv: string[]) =>
  rddpm(['train', dataset, '--out', out, ...MEAN, ...argv], { cwd });
const manifestOf = (cwd: string, run: string): ContaminationManifest =>
  JSON.parse(readFileSync(join(cwd, run, 'contamination.json'), 'utf8'));
const trained = (manifest: ContaminationManifest) => manifest.samples.filter(({ split }) => split === 'train');
const contaminants = (cwd: string, run: string) => trained(manifestOf(cwd, run)).filter(({ why }) => why !== undefined);
const scores = (cwd: string, folder: string) => readFileSync(join(cwd, folder, 'scores.csv'), 'utf8');

/** Of `mvtecFiles`. */
const images = Object.keys(mvtecFiles(SIZE)).filter((path) => !path.startsWith('ground_truth'));

/** Ten normal training images; for tests two normal ones, four with holes of rising severity and two with cracks; and one that the list doesn't use. */
function listed(cwd: string, name = 'data'): void {
  const rows = ['path,split,kind,severity'];
  const add = (path: string, split: string, kind: string, severity = '') => {
    const square = kind === 'good' ? undefined : { x: 4, y: 4, width: 3, height: 3 };
    write(join(cwd, name), { [path]: png({ ...SIZE, seed: rows.length, square }) });
    rows.push(`${path},${split},${kind},${severity}`);
  };
  for (let i = 0; i < 10; i++) add(`pictures/${i}.png`, 'train', 'good');
  for (let i = 10; i < 12; i++) add(`pictures/${i}.png`, 'test', 'good');
  for (let i = 0; i < 4; i++) add(`pictures/hole${i}.png`, 'test', 'hole', `${i / 4}`);
  for (let i = 0; i < 2; i++) add(`pictures/crack${i}.png`, 'test', 'crack', '1');
  write(join(cwd, name), { 'dataset.csv': `${rows.join('\n')}\n` });
}

describe('rddpm train', () => {
  test('puts defects into the training set as it is told', async () => {
    const cwd = temporaryFolder();
    listed(cwd);
    const built = async (...argv: string[]) => {
      const { code, stderr } = await train(cwd, 'data', 'run', '--overwrite', ...argv);
      expect([code, stderr]).toEqual([0, '']);
      return contaminants(cwd, 'run');
    };
    const kindsOf = (entries: readonly ManifestEntry[]) => entries.map(({ kind }) => kind).sort();
    expect(kindsOf(await built('--contamination', '0.2', '--kinds', 'crack'))).toEqual(['crack', 'crack']);
    expect(new Set(kindsOf(await built('--contamination', '0.2', '--kinds', '1')))).toHaveLength(1);
    expect(kindsOf(await built('--contamination', '0.4', '--spread', 'kinds'))).toEqual(['crack', 'crack', 'hole', 'hole']);
    const severe = await built('--contamination', '0.2', '--severity', '0.5,', '--kinds', 'hole');
    expect(severe.map(({ severity }) => severity).sort()).toEqual([0.5, 0.75]);
    expect(await built('--contamination', '1', '--shortage', 'cap')).toHaveLength(6);
    const repeated = await built('--contamination', '1', '--shortage', 'repeat');
    expect(repeated.map(({ why }) => why)).toEqual([...Array(6).fill('contaminant'), ...Array(4).fill('repeated')]);
    expect(new Set(repeated.map(({ id }) => id))).toHaveLength(10);
    await built('--label-noise', '0.3');
    const { contaminants: found, normals } = manifestOf(cwd, 'run');
    expect([found, normals]).toEqual([2, 7]); // of 6 and of 10
    const total = await built('--contamination', '0.2', '--of', 'total', '--kinds', 'hole');
    expect(total).toHaveLength(3); // of 13, nearly
  });

  test('names the largest ratio where there are too few defects, kinds that there are, and what severities are missing', async () => {
    const cwd = temporaryFolder();
    listed(cwd);
    write(join(cwd, 'plain'), mvtecFiles(SIZE));
    const refused = async (dataset: string, ...argv: string[]) => {
      const { code, stderr } = await train(cwd, dataset, 'run', ...argv);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused('data', '--contamination', '0.7')).toMatch(
      /ratio 0\.7 of normals asks for 7 defective images beside 10 normals, but the test set has 6; the largest possible ratio is 0\.6\n/,
    );
    expect(await refused('data', '--contamination', '0.1', '--kinds', 'nothing')).toMatch(
      /kinds are .*nothing.*; the test set has crack, hole\n/,
    );
    expect(await refused('data', '--contamination', '0.1', '--kinds', '3')).toMatch(/kinds is 3, but the test set has 2 kinds of defect/);
    expect(await refused('plain', '--contamination', '0.1', '--severity', '0.5,')).toMatch(/does not say how severe its defects are/);
    expect(await refused('data', '--contamination', '0.1', '--label-noise', '0.1')).toMatch(/takes the place of a ratio/);
    expect(await refused('data', '--contamination', 'natural', '--kinds', 'hole')).toMatch(
      /--contamination natural takes the defects as they are/,
    );
  });

  test('has natural contamination where the training half has defects', async () => {
    const cwd = temporaryFolder();
    write(join(cwd, 'data'), {
      ...mvtecFiles(SIZE),
      'train/bad/7.png': png({ ...SIZE, seed: 7, square: { x: 1, y: 1, width: 3, height: 3 } }),
    });
    expect(await train(cwd, 'data', 'natural', '--contamination', 'natural')).toMatchObject({ code: 0 });
    expect(contaminants(cwd, 'natural').map(({ path }) => path)).toEqual(['train/bad/7.png']);
    expect(await train(cwd, 'data', 'none')).toMatchObject({ code: 0 });
    expect(trained(manifestOf(cwd, 'none'))).toHaveLength(6);
  });

  test('takes the split of a list, tests what it says, and evaluates that', async () => {
    const cwd = temporaryFolder();
    write(join(cwd, 'data'), mvtecFiles(SIZE));
    const used: Record<string, string> = { 'train/good/5.png': 'test', 'test/good/0.png': 'test', 'test/bad/1.png': 'test' };
    for (const i of [0, 1, 2]) used[`train/good/${i}.png`] = 'train';
    const rows = images.map((path) => `${path},${used[path] ?? ''}`);
    write(cwd, { 'split.csv': `path,split\n${rows.join('\n')}\n` });
    const split = await train(cwd, 'data', 'run', '--split-list', 'split.csv');
    expect([split.code, split.stderr]).toEqual([0, '']);
    expect(trained(manifestOf(cwd, 'run'))).toHaveLength(3);
    expect((await rddpm(['detect', 'run', 'data', '--out', 'found', '--quiet'], { cwd })).code).toBe(0);
    const tested = scores(cwd, 'found').trim().split('\n').slice(1);
    expect(tested.map((line) => line.split(',')[0]).sort()).toEqual(['test/bad/1.png', 'test/good/0.png', 'train/good/5.png']);
    const { code, stdout, stderr } = await rddpm(['evaluate', 'found', 'data', '--json', '--quiet'], { cwd });
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout).protocol.images).toEqual({ good: 2, defective: 1 });
  });

  test('tests what a list moves to the test half, though nothing leaves it', async () => {
    const cwd = temporaryFolder();
    write(join(cwd, 'data'), mvtecFiles(SIZE));
    const rows = images.map((path) => `${path},${path === 'train/good/5.png' ? 'test' : path.split('/')[0]}`);
    write(cwd, { 'split.csv': `path,split\n${rows.join('\n')}\n` });
    await train(cwd, 'data', 'run', '--split-list', 'split.csv');
    await rddpm(['detect', 'run', 'data', '--out', 'found', '--quiet'], { cwd });
    expect(scores(cwd, 'found')).toContain('train/good/5.png');
    const { stdout } = await rddpm(['evaluate', 'found', 'data', '--json', '--quiet'], { cwd });
    expect(JSON.parse(stdout).protocol.images).toEqual({ good: 3, defective: 2 });
    const argv = ['benchmark', 'data', '--out', 'out', '--methods', 'mean-image', '--calibration', 'none', '--size', '16', '--quiet'];
    await rddpm([...argv, '--contamination', '0.4', '--overlap', '--split-list', 'split.csv'], { cwd });
    const detection = 'out/mean-image_contamination-0.4_seed-0/detection';
    const cell = await rddpm(['evaluate', detection, 'data', '--json', '--quiet'], { cwd });
    expect(JSON.parse(cell.stdout).protocol.images).toEqual({ good: 3, defective: 2 });
  });
});

describe('rddpm train --manifest', () => {
  async function first(cwd: string) {
    listed(cwd);
    await train(cwd, 'data', 'first', '--contamination', '1', '--shortage', 'repeat', '--seed', '3');
    await rddpm(['detect', 'first', 'data', '--out', 'found-first', '--quiet'], { cwd });
  }

  test('builds the very same set, also of files that have been moved and renamed', async () => {
    const cwd = temporaryFolder();
    await first(cwd);
    const again = await train(cwd, 'data', 'again', '--manifest', 'first/contamination.json', '--seed', '9');
    expect(again).toEqual({ code: 0, stdout: expect.any(String), stderr: '' });
    expect(manifestOf(cwd, 'again')).toEqual(manifestOf(cwd, 'first'));
    await rddpm(['detect', 'again', 'data', '--out', 'found-again', '--quiet'], { cwd });
    expect(scores(cwd, 'found-again')).toBe(scores(cwd, 'found-first'));

    const argv = [
      'benchmark',
      'data',
      '--out',
      'out',
      '--methods',
      'mean-image',
      '--calibration',
      'none',
      '--size',
      '16',
      '--quiet',
      '--json',
    ];
    const benchmark = await rddpm([...argv, '--manifest', 'first/contamination.json'], { cwd });
    expect(JSON.parse(benchmark.stdout).protocol).toMatchObject({
      contamination: 1,
      shortage: 'repeat',
      images: { train: 20, contaminants: 10 },
    });
    const both = await train(cwd, 'data', 'both', '--manifest', 'first/contamination.json', '--kinds', 'hole');
    expect([both.code, both.stderr]).toEqual([2, 'rddpm: --manifest says how the set was built; leave --kinds out\n']);

    renameSync(join(cwd, 'data'), join(cwd, 'elsewhere'));
    const list = readFileSync(join(cwd, 'elsewhere/dataset.csv'), 'utf8');
    renameSync(join(cwd, 'elsewhere/pictures'), join(cwd, 'elsewhere/Bilder'));
    renameSync(join(cwd, 'elsewhere/Bilder/hole0.png'), join(cwd, 'elsewhere/Bilder/loch.png'));
    const renamed = list.replaceAll('pictures/', 'Bilder/').replace('hole0', 'loch');
    writeFileSync(join(cwd, 'elsewhere/dataset.csv'), renamed);
    const moved = await train(cwd, 'elsewhere', 'moved', '--manifest', 'first/contamination.json');
    expect([moved.code, moved.stderr]).toEqual([0, '']);
    const uses = (run: string) =>
      manifestOf(cwd, run).samples.map(({ sha256, split, why, variation }) => ({ sha256, split, why, variation }));
    expect(uses('moved')).toEqual(uses('first'));
    await rddpm(['detect', 'moved', 'elsewhere', '--out', 'found-moved', '--quiet'], { cwd });
    const numbers = (folder: string) => scores(cwd, folder).replaceAll(/^[^,]*,/gm, '');
    expect(numbers('found-moved')).toBe(numbers('found-first'));
    expect(scores(cwd, 'found-moved')).toContain('Bilder/');
  });

  test('refuses what has changed or is missing, by name', async () => {
    const cwd = temporaryFolder();
    await first(cwd);
    write(join(cwd, 'data'), { 'pictures/3.png': png({ ...SIZE, seed: 999 }) });
    rmSync(join(cwd, 'data/pictures/4.png'));
    const list = join(cwd, 'data/dataset.csv');
    writeFileSync(list, readFileSync(list, 'utf8').replace(/^pictures\/4\.png.*\n/m, ''));
    const { code, stderr } = await train(cwd, 'data', 'again', '--manifest', 'first/contamination.json');
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /2 of the files .* not there as they were:\n {2}pictures\/3\.png has changed\n {2}pictures\/4\.png is missing\n/,
    );
  });

  test('refuses a manifest of an earlier version, one of a later, and what is none', async () => {
    const cwd = temporaryFolder();
    write(join(cwd, 'data'), mvtecFiles(SIZE));
    write(cwd, {
      'earlier.json': JSON.stringify({ overlap: false, contaminants: [], sha256: {} }),
      'later.json': JSON.stringify({ version: 7, contaminants: 0 }),
      'none.json': '{}',
      'text.json': 'no',
    });
    const said: string[] = [];
    for (const name of ['earlier', 'later', 'none', 'text', 'absent']) {
      const { code, stderr } = await train(cwd, 'data', 'run', '--manifest', `${name}.json`);
      expect.soft(code).toBe(3);
      said.push(stderr);
    }
    expect(said).toEqual([
      expect.stringMatching(/earlier\.json is of an earlier version, which doesn't name every file; it can't be built from\n/),
      expect.stringMatching(/later\.json is a manifest of version 7; this release reads 2/),
      expect.stringMatching(/none\.json is no manifest; it must be the contamination\.json of a run\n/),
      expect.stringMatching(/text\.json is no manifest; /),
      expect.stringMatching(/absent\.json can't be read: ENOENT/),
    ]);
  });
});

test('rddpm benchmark takes label noise in place of its ratio', async () => {
  const cwd = temporaryFolder();
  listed(cwd);
  const argv = ['benchmark', 'data', '--out', 'out', '--methods', 'mean-image', '--calibration', 'none', '--size', '16', '--quiet'];
  const { code, stderr } = await rddpm([...argv, '--label-noise', '0.3'], { cwd });
  expect([code, stderr]).toEqual([0, '']);
  const { protocol, contaminants, normals } = manifestOf(cwd, join('out', 'mean-image_contamination-0_seed-0'));
  expect([protocol.labelNoise, protocol.ratio, contaminants, normals]).toEqual([0.3, 0, 2, 7]);
  const useless = await rddpm([...argv, '--overwrite', '--contamination', '0,natural', '--spread', 'kinds'], { cwd });
  expect([useless.code, useless.stderr]).toEqual([2, expect.stringMatching(/--spread has no effect/)]);
  const partly = await rddpm([...argv, '--overwrite', '--contamination', '0,0.2', '--spread', 'kinds'], { cwd });
  expect([partly.code, partly.stderr]).toEqual([0, '']);
});
