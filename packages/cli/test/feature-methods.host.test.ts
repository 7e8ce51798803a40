/** Methods of features on the command line: which network, where its file lies, and what is said when it can't serve. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { twoConvolutions } from '../../tfjs-onnx/test/two-convolutions.ts';
import { rddpm } from './run-main.ts';
import { writeTinyDataset } from './tiny-data-set.ts';

const cwd = mkdtempSync(join(tmpdir(), 'rddpm-features-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const run = (...argv: string[]) => rddpm([...argv, '--quiet'], { cwd });
const backbone = (file: string) => ['--backbone', file, '--taps', 'doubled,y', '--set', 'features.size={"width":16,"height":16}'];
const train = (out: string, ...options: string[]) => run('train', 'data', '--out', out, '--size', '16', ...options);
const config = (path: string) => JSON.parse(readFileSync(join(cwd, path, 'config.json'), 'utf8')).config;

beforeAll(async () => {
  await writeTinyDataset(join(cwd, 'data'));
  await writeTinyDataset(join(cwd, 'single'), 1);
  const anySize = twoConvolutions({ batch: 1, sides: [0, 0], layout: 'nchw' });
  writeFileSync(join(cwd, 'net.onnx'), anySize);
  writeFileSync(join(cwd, 'other.onnx'), twoConvolutions({ batch: 1, sides: [0, 0], layout: 'nhwc' }));
  writeFileSync(join(cwd, 'fixed.onnx'), twoConvolutions({ batch: 1, sides: [8, 8], layout: 'nchw' }));
  writeFileSync(join(cwd, 'text.onnx'), 'not a model');
});

test('all of them are compared on an ONNX file, and on no other method are its options spent', async () => {
  const methods = 'padim,padim-concentrated,random-memory,patchcore,softpatch,variation';
  const data = ['--size', '16', '--contamination', '0', '--set', 'dims=8', '--set', 'patches=50'];
  const { code, stdout, stderr } = await run(
    'benchmark',
    'data',
    '--out',
    'bench',
    '--methods',
    methods,
    ...data,
    ...backbone('net.onnx'),
    '--json',
  );
  expect([code, stderr]).toEqual([0, '']);
  const results = JSON.parse(stdout).methods as { name: string; pixel: { auroc: number } }[];
  expect(results.map(({ name }) => name)).toEqual(methods.split(','));
  const features = { name: 'onnx', file: join(cwd, 'net.onnx'), taps: ['doubled', 'y'], size: { width: 16, height: 16 } };
  expect(config('bench/softpatch_contamination-0_seed-0').features).toEqual(features);
  expect(config('bench/variation_contamination-0_seed-0').features).toBeUndefined();
});

test('the file may have moved since the fit, which changes nothing; another one is refused', async () => {
  copyFileSync(join(cwd, 'net.onnx'), join(cwd, 'first.onnx'));
  expect((await train('run', '--method', 'random-memory', ...backbone('first.onnx'))).code).toBe(0);
  mkdirSync(join(cwd, 'elsewhere'));
  renameSync(join(cwd, 'first.onnx'), join(cwd, 'elsewhere/first.onnx'));
  const detect = (...options: string[]) => rddpm(['detect', 'run', 'data', '--out', 'found', '--overwrite', ...options], { cwd });

  const gone = await detect();
  expect(gone.stderr).toContain(`--backbone ${join(cwd, 'first.onnx')} can't be read: ENOENT; it must be an ONNX file`);
  expect(gone.code).toBe(2);
  const moved = await detect('--backbone', 'elsewhere/first.onnx');
  expect(moved.code).toBe(0);
  expect(moved.stderr).not.toContain('made anew'); // its threshold, that is
  expect((await train('run', '--method', 'random-memory', '--resume', '--backbone', 'elsewhere/first.onnx')).code).toBe(0);
  const other = await detect('--backbone', 'other.onnx');
  expect(other.stderr).toMatch(/random-memory: features are 'sha256:.*'; they must be those that the model was fitted on, 'sha256:/);
  expect(other.code).toBe(2);
});

test('the network that comes with rddpm is the default, sees grey images, and tiles; it is not exchanged for a file', async () => {
  const small = ['--set', 'features.size={"width":32,"height":32}', '--set', 'features.blocks=[2,4]'];
  const { code, stderr } = await train('lite0', '--method', 'padim', '--channels', '1', '--tiles', '8', ...small);
  expect([code, stderr]).toEqual([0, '']);
  expect(config('lite0').features).toEqual({ name: 'lite0', blocks: [2, 4], size: { width: 32, height: 32 } });
  const asked = await run('detect', 'lite0', 'data', '--out', 'x', '--backbone', 'net.onnx');
  expect(asked.stderr).toMatch(/--backbone is of features 'onnx'; the model was fitted with 'lite0', and can't be asked with others/);
});

test.each<[string, string[], RegExp, number]>([
  ['taps of no file', ['--taps', 'a,b'], /--taps names tensors of an ONNX file: give that with --backbone FILE/, 2],
  ['a file without taps', ['--backbone', 'net.onnx'], /--backbone needs --taps LIST/, 2],
  ['a tap that it has not', ['--backbone', 'net.onnx', '--taps', 'z'], /net\.onnx: .*there is no tensor 'z'; the model has doubled, /, 2],
  ['no ONNX file', ['--backbone', 'text.onnx', '--taps', 'y'], /--backbone .*text\.onnx: .*are not an ONNX model/, 3],
  ['a folder', ['--backbone', 'data', '--taps', 'y'], /--backbone .*data can't be read: EISDIR; it must be an ONNX file/, 2],
  [
    'another size than the file takes',
    ['--backbone', 'fixed.onnx', '--taps', 'y', '--set', 'features.size={"width":16,"height":16}'],
    /size is 16x16, but the model's input is \[1, 3, 8, 8\]; it must be 8x8/,
    2,
  ],
  ['a side for a size', ['--set', 'features.size=16'], /it must be such as \{"width":224,"height":224\}\s+→ at features\.size/, 2],
  [
    'a size beyond memory',
    ['--set', 'features.size={"width":20000,"height":20000}'],
    /about 48 GiB of feature maps; it must be at most/,
    2,
  ],
])('%s', async (_, options, message, expected) => {
  const { code, stderr } = await train('refused', '--overwrite', '--method', 'padim', ...options);
  expect(stderr).toMatch(message);
  expect(code).toBe(expected);
});

test.each(['random-memory', 'patchcore', 'softpatch'])('%s needs more than one image', async (method) => {
  const { code, stderr } = await run(
    'train',
    'single',
    '--out',
    'refused',
    '--overwrite',
    '--size',
    '16',
    '--method',
    method,
    ...backbone('net.onnx'),
  );
  expect(stderr).toMatch(/the training set has 1 image; it must have at least two/);
  expect(code).toBe(2);
});

test('methods without features name those that have them', async () => {
  const { stderr } = await train('refused', '--method', 'variation', '--backbone', 'net.onnx');
  expect(stderr).toMatch(/--backbone sets features\.file, which variation has not; it belongs to padim, /);
});
