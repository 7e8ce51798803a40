import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Method } from '@rddpm/core/contracts';
import { beforeEach, expect, test } from 'vitest';
import { CHOICES, type Choices } from '../src/registry.ts';
import { rddpm, temporaryFolder } from './run-main.ts';
import { TINY, TINY_DETECTION, writeTinyDataset } from './tiny-data-set.ts';

let cwd: string;
beforeEach(async () => {
  cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'), 20);
});

const LOUD = [...TINY, ...TINY_DETECTION].filter((option) => option !== '--quiet');
const train = (options: readonly string[], more: Parameters<typeof rddpm>[1] = {}) =>
  rddpm(['train', 'data', '--out', 'run', ...LOUD, '--steps', '1', '--selection', 'none', ...options], { cwd, ...more });
const isThere = (path: string) => existsSync(join(cwd, 'run', path));

/** The registry's, with a patch Gaussian whose fit is another. */
const fittedBy = (fit: (own: Method['fit']) => Method['fit']): Choices => ({
  ...CHOICES,
  methods: async () =>
    (await CHOICES.methods()).map((method) => (method.name === 'patch-gaussian' ? { ...method, fit: fit(method.fit) } : method)),
});

test('a training that takes long begins with suspects and heat maps, in a run that works as any other', async () => {
  const { code, stderr } = await train(['--contamination', '0.2', '--size', '32x16', '--tiles', '16']);
  expect(code).toBe(0);
  const [, count, names] =
    /^first look \(patch-gaussian, [\d.]+ s\): (\d+) of 24 training images look unlike the rest: (.*); pictures: run\/first-look\/suspects\.html$/m.exec(
      stderr,
    )!;
  expect(stderr.indexOf('first look (')).toBeLessThan(stderr.indexOf('train: '));
  expect(stderr).toContain('run/first-look/suspects.html is a first guess, and this method makes no list of its own\n');
  const lines = readFileSync(join(cwd, 'run/first-look/suspects.csv'), 'utf8').trim().split('\r\n').slice(1);
  const suspects = lines.map((line) => line.split(',')).filter(([, , , kept]) => kept === 'false');
  expect(suspects).toHaveLength(Number(count));
  const worst = names!.replace(/ and \d+ more$/, '').split(', ');
  expect(worst).toEqual(suspects.slice(0, 5).map(([, id]) => (id!.startsWith('good/') ? `train/${id}.png` : `test/${id}.png`)));
  for (const [, id] of suspects) expect(isThere(`first-look/suspects/heatmaps/${id}.png`)).toBe(true);

  expect((await rddpm(['detect', 'run/first-look', 'data', '--out', 'maps', '--quiet'], { cwd })).code).toBe(0);
  const options = ['--contamination', '0.2', '--size', '32x16', '--method', 'mean-image', '--trust', 'run/first-look', '--json'];
  const trusting = await rddpm(['train', 'data', '--out', 'other', ...options], { cwd });
  expect(trusting.stderr).toContain(`${24 - suspects.length} training images, `);
  expect(trusting.stderr).not.toContain('first look');
});

test('what goes on has had it, what is quiet says nothing, and it can be left out', async () => {
  expect((await train(['--quiet'])).stderr).toBe('');
  const before = readFileSync(join(cwd, 'run/first-look/model/rddpm.json'), 'utf8');
  expect((await train(['--resume', '--no-first-look'])).stderr).not.toContain('first look (');
  expect(readFileSync(join(cwd, 'run/first-look/model/rddpm.json'), 'utf8')).toBe(before);
  const { stderr } = await train(['--overwrite', '--no-first-look']);
  expect(stderr).not.toContain('first');
  expect(isThere('first-look')).toBe(false);
});

test('a list of the method that has learnt is the one to go by', async () => {
  const selection = JSON.stringify({ name: 'concentrated', firstChoice: 1, every: 1, timesteps: [20], draws: 1 });
  const { code, stderr } = await train(['--selection', selection, '--steps', '2']);
  expect(stderr).toContain('go by run/suspects.html, of the model that has learnt; run/first-look/suspects.html was a first guess\n');
  expect(code).toBe(0);
});

test('where it fails, the training goes on, with a warning', async () => {
  const choices = fittedBy(() => () => {
    throw new RangeError('Array buffer allocation failed');
  });
  const { code, stderr } = await train([], { choices });
  expect(stderr).toContain('warning: there is no first look: Array buffer allocation failed\n');
  expect(code).toBe(0);
  expect(readdirSync(join(cwd, 'run'))).toEqual(['checkpoint', 'config.json', 'contamination.json', 'metrics.jsonl', 'model']);
});

test('Ctrl-C ends it, and the run can begin anew', async () => {
  const controller = new AbortController();
  const choices = fittedBy((own) => (...args) => {
    controller.abort('SIGINT');
    return own(...args);
  });
  const { code, stderr } = await train([], { choices, signal: controller.signal });
  expect(stderr).toMatch(/^rddpm: first look: stopped .*\(SIGINT\)$/m);
  expect(code).toBe(130);
  expect(isThere('first-look')).toBe(false);
  expect((await train([])).code).toBe(0);
});

test('one that is left by a run that never began is in the way of none', async () => {
  const short = ['train', 'data', '--out', 'run', ...LOUD, '--minutes', '0.0001'];
  expect((await rddpm(short, { cwd })).stderr).toMatch(/0\.0001 minutes are 0 steps/);
  expect(readdirSync(join(cwd, 'run'))).toEqual(['first-look']);
  expect((await train([])).code).toBe(0);
});
