import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rddpm } from './run-main.ts';
import { writeTinyDataset } from './tiny-data-set.ts';

const cwd = mkdtempSync(join(tmpdir(), 'rddpm-trust-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const BUILT = ['--contamination', '0.1', '--overlap', '--size', '16', '--quiet'];
const train = (out: string, ...options: string[]) => rddpm(['train', 'data', '--out', out, ...BUILT, ...options], { cwd });
const json = (path: string) => JSON.parse(readFileSync(join(cwd, path), 'utf8'));
const uses = (run: string): { id: string; split: string | null; why?: string }[] => json(`${run}/contamination.json`).samples;
const suspectsOf = (run: string): string[] =>
  (json(`${run}/suspects/scores.json`).images as { name: string; kept: boolean }[])
    .flatMap(({ name, kept }) => (kept ? [] : [name]))
    .sort();

beforeAll(async () => {
  await writeTinyDataset(join(cwd, 'data'), 40);
  expect((await train('judge', '--method', 'variation-concentrated')).code).toBe(0);
  expect(suspectsOf('judge').length).toBeGreaterThan(0);
});

test('a run learns from what another one trusts, and says what it left out', async () => {
  const { code, stderr } = await train('run', '--method', 'mean-image', '--trust', 'judge');
  expect([code, stderr]).toEqual([0, '']);
  const left = uses('run').filter(({ why }) => why === 'left out: another run suspects it');
  expect(left.map(({ id }) => id).sort()).toEqual(suspectsOf('judge'));
  expect(uses('run').filter(({ split }) => split === 'train')).toHaveLength(44 - left.length);
  expect(json('run/model/rddpm.json').threshold.images).toBe(44 - left.length);
});

test('a benchmark has rows that do, whichever is listed first', async () => {
  const rows = 'mean-image@variation-concentrated,variation-concentrated,mean-image';
  const options = ['benchmark', 'data', '--methods', rows, '--out', 'bench', ...BUILT];
  const { code, stdout } = await rddpm([...options, '--json'], { cwd });
  expect(code).toBe(0);
  expect(JSON.parse(stdout).methods.map(({ name }: { name: string }) => name)).toEqual(rows.split(','));
  const cell = (name: string) => `bench/${name}_contamination-0.1_seed-0`;
  expect(suspectsOf(cell('variation-concentrated'))).toEqual(suspectsOf('judge'));
  expect(uses(cell('mean-image@variation-concentrated'))).toEqual(uses('run'));
  expect(uses(cell('mean-image')).some(({ why }) => why?.includes('suspects'))).toBe(false);
  const again = await rddpm([...options, '--resume', '--json'], { cwd });
  expect(JSON.parse(again.stdout).cells).toEqual(JSON.parse(stdout).cells);
});

test.each([
  ['a run that judges nothing', ['--method', 'mean-image', '--trust', 'run'], /run names no suspects/],
  [
    'other images than it has judged',
    ['--method', 'mean-image', '--trust', 'judge', '--seed', '1'],
    /judge has not judged \d+ of the 44 training images:\n/,
  ],
])('%s', async (_, options, message) => {
  const { code, stderr } = await train('refused', ...options);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});

test('a row that nobody lists can not be trusted, nor rows each other', async () => {
  const bench = (methods: string) => rddpm(['benchmark', 'data', '--methods', methods, '--out', 'none', ...BUILT], { cwd });
  expect((await bench('mean-image@ddpm')).stderr).toMatch(
    /mean-image@ddpm learns from what ddpm trusts, which is not among the rows; list it, too/,
  );
  const { code, stderr } = await bench('pca@pca@pca,pca');
  expect(stderr).toMatch(/pca@pca@pca can't be run: .* names no suspects/);
  expect(code).toBe(1);
});
