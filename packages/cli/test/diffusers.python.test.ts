/** Models that go to Python and come from there, through diffusers itself. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBackend } from '@rddpm/backend/cpu';
import { createRng, toTensors } from '@rddpm/core';
import { createSchedule } from '@rddpm/scheduler/config';
import { dispose, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';
import { preparePython } from '../../../scripts/python.mjs';
import { loadModel } from '../src/model-folder.ts';
import { rddpm, temporaryFolder } from './run-main.ts';
import { TINY, TINY_DETECTION, writeTinyDataset } from './tiny-data-set.ts';

vi.setConfig({ testTimeout: 600_000 });

/** Runs a program of `python/` in `cwd`; it prints JSON. */
function python(program: string, cwd: string) {
  const file = fileURLToPath(new URL(`python/${program}`, import.meta.url));
  return JSON.parse(execFileSync(preparePython(), [file], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** What the model in a folder predicts for the images and timesteps that the Python programs use. */
async function predictionOf(folder: string) {
  await createBackend();
  const { network, weights: host, info } = await loadModel(folder);
  const weights = toTensors(host);
  const x = tensor4d(createRng('images').normal(new Float32Array(2 * info.size ** 2 * info.channels)), [
    2,
    info.size,
    info.size,
    info.channels,
  ]);
  const t = tensor1d([3, 750], 'int32');
  const y = network.predict(weights, x, t);
  const [images, prediction] = [[...(await x.data())], [...(await y.data())]];
  dispose([x, t, y, ...Object.values(weights)]);
  return { shape: x.shape, images, t: [3, 750], prediction, alphasCumprod: createSchedule(info.diffusion.schedule).alphasCumprod };
}

const difference = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
};

test('a model that rddpm trained is a pipeline in Python, and predicts the same', async () => {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'));
  await rddpm(['train', 'data', '--out', 'run', ...TINY, ...TINY_DETECTION, '--steps', '2'], { cwd });
  expect((await rddpm(['export', 'run', '--format', 'diffusers', '--out', 'exported'], { cwd })).code).toBe(0);
  const ours = await predictionOf(join(cwd, 'run/model'));
  writeFileSync(join(cwd, 'images.json'), JSON.stringify(ours));
  for (const folder of ['run/model', 'exported']) {
    writeFileSync(join(cwd, 'folder.txt'), folder);
    const theirs = python('predict.py', cwd);
    expect(difference(theirs.prediction, ours.prediction)).toBeLessThan(2e-5); // float32 sums in another order
    expect(difference(theirs.alphasCumprod, ours.alphasCumprod)).toBeLessThan(1e-6); // theirs are float32
    expect(theirs.pipeline).toBe('DDPMPipeline');
  }
});

test.for(['plain', 'everything', 'changed schedulers', 'zero SNR'])(
  'a pipeline that Python saved (%s) predicts the same here, and detects',
  async (model) => {
    const cwd = temporaryFolder();
    await writeTinyDataset(join(cwd, 'data'));
    writeFileSync(join(cwd, 'model.txt'), model);
    python('save.py', cwd);
    const imported = await rddpm(['import', 'saved', '--out', 'run', '--dataset', 'data', ...TINY_DETECTION, '--quiet'], { cwd });
    expect(imported.stderr).toBe('');
    expect(imported.stdout).toMatch(/^run: saved, 16x16 pixels, threshold \d/);
    const ours = await predictionOf(join(cwd, 'run/model'));
    writeFileSync(join(cwd, 'images.json'), JSON.stringify(ours));
    writeFileSync(join(cwd, 'folder.txt'), 'saved');
    const theirs = python('predict.py', cwd);
    expect(difference(theirs.prediction, ours.prediction)).toBeLessThan(5e-5);
    expect(difference(theirs.alphasCumprod, ours.alphasCumprod)).toBeLessThan(1e-6);
    const detected = await rddpm(['detect', 'run', 'data', '--out', 'found', '--quiet'], { cwd });
    expect(detected.stderr).toBe('');
    expect(detected.stdout).toMatch(/^found: 10 images, \d+ anomalous/);
  },
);

test('every golden comes out as it is committed', () => {
  const check = fileURLToPath(new URL('../../../scripts/goldens/check.sh', import.meta.url));
  const printed = execFileSync(check, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  expect(printed.trim().split('\n').length).toBeGreaterThan(7);
  expect(printed.replaceAll(/: as committed$/gm, '')).not.toContain(':');
});

test('docs/diffusers.md: its commands run one after the other, and print what it says', async () => {
  const page = readFileSync(new URL('../../../docs/diffusers.md', import.meta.url), 'utf8');
  const cwd = temporaryFolder();
  const bin = join(cwd, 'bin');
  mkdirSync(bin);
  const program = fileURLToPath(new URL('../bin/rddpm.js', import.meta.url));
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${program}" "$@"\n`, { mode: 0o755 });
  const PATH = [bin, dirname(preparePython()), dirname(process.execPath), process.env.PATH].join(delimiter);
  let printed = '';
  for (const [, language, text] of page.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)) {
    if (language === 'python') writeFileSync(join(cwd, /^# (\S+\.py)/.exec(text!)![1]!), text!);
    if (language === 'sh')
      printed = execFileSync('bash', ['-euc', text!], {
        cwd,
        encoding: 'utf8',
        env: { ...process.env, PATH },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    if (language === 'text') expect(printed.replaceAll(`${cwd}/`, '')).toBe(text);
  }
  expect(printed).not.toBe('');
});
