import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rddpm } from './run-main.ts';
import { writeTinyDataset } from './tiny-data-set.ts';

const cwd = mkdtempSync(join(tmpdir(), 'rddpm-fusion-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
beforeAll(() => writeTinyDataset(join(cwd, 'data'), 40));
const BUILT = ['--contamination', '0.1', '--overlap', '--size', '16', '--quiet'];

async function fine(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await rddpm(argv, { cwd });
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

test('a fused method is trained, detects as it was benchmarked, and learns from what another one trusts', async () => {
  const names = ['mean-image+variation', 'mean-image+variation@variation-concentrated', 'variation-concentrated'];
  const bench = await fine('benchmark', 'data', '--out', 'bench', '--methods', names.join(','), ...BUILT, '--json');
  expect(JSON.parse(bench).methods.map(({ name }: { name: string }) => name)).toEqual(names);

  await fine('train', 'data', '--out', 'run', '--method', names[0]!, ...BUILT);
  await fine('detect', 'run', 'data', '--out', 'found', '--quiet');
  const scores = (folder: string) => readFileSync(join(cwd, folder, 'scores.csv'), 'utf8');
  const cell = (name: string) => `bench/${name}_contamination-0.1_seed-0/detection`;
  expect(scores('found')).toBe(scores(cell(names[0]!)));
  expect(scores(cell(names[1]!))).not.toBe(scores('found'));
});
