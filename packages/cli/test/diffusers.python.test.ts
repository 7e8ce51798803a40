/** Models that go to Python and come from there, through diffusers itself. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBackend } from '@rddpm/backend/cpu';
import { createRng, toTensors } from '@rddpm/core';
import { createSchedule } from '@rddpm/scheduler/config';
import { dispose, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { preparePython } from '../../../scripts/python.mjs';
import { diffusionModelIn, rddpm, temporaryFolder } from './run-main.ts';
import { TINY, TINY_DETECTION, writeTinyDataset } from './tiny-data-set.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const SIZE = 16;
const SHAPE: [number, number, number, number] = [2, SIZE, SIZE, 3];
const T = [3, 750];
const images = createRng('images').normal(new Float32Array(2 * SIZE ** 2 * 3));

type Answer = { readonly pipeline: string; readonly prediction: number[]; readonly alphasCumprod: number[] };

/** A run, its export, and what Python says of them and of the pipelines that it saved. */
let cwd: string;
let answers: Readonly<Record<string, Answer>>;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'rddpm-python-'));
  await writeTinyDataset(join(cwd, 'data'));
  await rddpm(['train', 'data', '--out', 'run', ...TINY, ...TINY_DETECTION, '--steps', '2'], { cwd });
  expect((await rddpm(['export', 'run', '--format', 'diffusers', '--out', 'exported'], { cwd })).code).toBe(0);
  const asked = { folders: ['run/model', 'exported'], shape: SHAPE, images: [...images], t: T };
  writeFileSync(join(cwd, 'asked.json'), JSON.stringify(asked));
  const program = fileURLToPath(new URL('python/pipelines.py', import.meta.url));
  answers = JSON.parse(execFileSync(preparePython(), [program], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** What the model in a folder predicts here for what Python was asked. */
async function predictionOf(folder: string) {
  await createBackend();
  const { network, weights: host, info, asked } = await diffusionModelIn(folder);
  expect(info.input).toEqual({ width: SIZE, height: SIZE, channels: 3 });
  const weights = toTensors(host);
  const [x, t] = [tensor4d(images, SHAPE), tensor1d(T, 'int32')];
  const y = network.predict(weights, x, t);
  const prediction = await y.data();
  dispose([x, t, y, ...Object.values(weights)]);
  return { prediction, alphasCumprod: createSchedule(asked.diffusion.schedule).alphasCumprod };
}

const difference = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
};

test.each(['run/model', 'exported'])('a model that rddpm trained (%s) is a pipeline in Python, and predicts the same', async (folder) => {
  const [ours, theirs] = [await predictionOf(join(cwd, 'run/model')), answers[folder]!];
  expect(difference(theirs.prediction, ours.prediction)).toBeLessThan(2e-5); // float32 sums in another order
  expect(difference(theirs.alphasCumprod, ours.alphasCumprod)).toBeLessThan(1e-6); // theirs are float32
  expect(theirs.pipeline).toBe('DDPMPipeline');
});

test.each(['plain', 'everything', 'changed schedulers', 'zero SNR'])(
  'a pipeline that Python saved (%s) predicts the same here, and detects',
  async (name) => {
    const run = `imported ${name}`;
    const imported = await rddpm(['import', `saved/${name}`, '--out', run, '--dataset', 'data', ...TINY_DETECTION, '--quiet'], { cwd });
    expect(imported.stderr).toBe('');
    expect(imported.stdout).toContain(`${run}: ${name}, 16x16 pixels, threshold 0.`);
    const [ours, theirs] = [await predictionOf(join(cwd, run, 'model')), answers[`saved/${name}`]!];
    expect(difference(theirs.prediction, ours.prediction)).toBeLessThan(5e-5);
    expect(difference(theirs.alphasCumprod, ours.alphasCumprod)).toBeLessThan(1e-6);
    const detected = await rddpm(['detect', run, 'data', '--out', `found ${name}`, '--quiet'], { cwd });
    expect(detected.stderr).toBe('');
    expect(detected.stdout).toMatch(/^found .*: 10 images, \d+ anomalous/);
  },
);

test('every golden comes out as it is committed', () => {
  const check = fileURLToPath(new URL('../../../scripts/goldens/check.sh', import.meta.url));
  const printed = execFileSync(check, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  expect(printed.trim().split('\n').length).toBeGreaterThan(7);
  expect(printed.replaceAll(/: as committed$/gm, '')).not.toContain(':');
});

test('docs/diffusers.md: its commands run one after the other, and print what it says', async () => {
  const whole = readFileSync(new URL('../../../docs/diffusers.md', import.meta.url), 'utf8');
  const page = whole.replaceAll(/(--steps|trained) \d+/g, '$1 2'); // that they work is the point
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
