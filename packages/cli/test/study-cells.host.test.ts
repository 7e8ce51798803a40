import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseResults } from '@rddpm/report';
import { expect, test } from 'vitest';
import { rddpm, temporaryFolder } from './run-main.ts';
import { TINY, TINY_DETECTION, writeTinyDataset } from './tiny-data-set.ts';

const FAST = ['--methods', 'variation,pca', '--overlap', '--size', '16'];
const resultsIn = (folder: string) => parseResults(readFileSync(join(folder, 'results.json'), 'utf8'), 'results.json');
/** All that doesn't tell the time. */
const numbersIn = (folder: string) => {
  const { methods, cells } = resultsIn(folder);
  return { methods: methods.map(({ timing: _, ...method }) => method), cells };
};

test('a sweep has a row for each contamination; a cell that can not be run is named, and the others run', async () => {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'));
  const { code, stdout, stderr } = await rddpm(['benchmark', 'data', ...FAST, '--contamination', '0,0.2,5', '--out', 'out', '--quiet'], {
    cwd,
  });
  expect(code).toBe(1);
  expect(stderr).toContain("warning: variation (5, seed 0) can't be run: ");
  expect(stderr).toContain('2 cells could not be run: variation (5, seed 0), pca (5, seed 0)');
  expect(stdout).toMatch(/^method +contamination /);
  expect(stdout).toMatch(/^variation +0 .*\npca +0 .*\nvariation +0\.2 .*\npca +0\.2 /m);
  expect(stdout).toContain('not run: pca at contamination 5, seed 0: ');
  const { methods, failed } = resultsIn(join(cwd, 'out'));
  expect(methods.map(({ name, contamination }) => [name, contamination])).toEqual([
    ['variation', 0],
    ['pca', 0],
    ['variation', 0.2],
    ['pca', 0.2],
  ]);
  expect(failed).toHaveLength(2);
});

test('cells run one by one give what the whole command gives, to the bit; --dry-run says how far they are', async () => {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'));
  const argv = (out: string) => ['benchmark', 'data', ...FAST, '--seed', '0,1', '--out', out, '--quiet'];
  expect((await rddpm(argv('whole'), { cwd })).code).toBe(0);
  for (const cell of ['3', '0,1', '2'])
    expect(await rddpm([...argv('parts'), '--cell', cell], { cwd })).toMatchObject({ code: 0, stderr: '' });
  rmSync(join(cwd, 'parts/variation_contamination-0.2_seed-1/results.json'));
  const listed = await rddpm([...argv('parts'), '--dry-run'], { cwd });
  expect(
    listed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/ *\d*s$/, '')),
  ).toEqual([
    '0  variation (0.2, seed 0)  finished',
    '1  pca (0.2, seed 0)        finished',
    '2  variation (0.2, seed 1)  begun     about',
    '3  pca (0.2, seed 1)        finished',
    '',
    '1 of 4 cells are left; about 0s for 1 of them',
  ]);
  expect((await rddpm([...argv('parts'), '--resume'], { cwd })).code).toBe(0);
  expect(numbersIn(join(cwd, 'parts'))).toEqual(numbersIn(join(cwd, 'whole')));
  expect(await rddpm([...argv('parts'), '--cell', '4'], { cwd })).toMatchObject({
    code: 2,
    stderr: "rddpm: --cell 4: the plan's cells are 0 to 3; --dry-run lists them\n",
  });
});

test('two processes on one cell: the second one says whose it is, and runs the others', async () => {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'));
  const cell = join(cwd, 'out/pca_contamination-0.2_seed-0');
  mkdirSync(cell, { recursive: true });
  writeFileSync(join(cell, 'lock.json'), JSON.stringify({ pid: process.pid, host: hostname(), since: 'now', beat: 0 }));
  const { code, stderr } = await rddpm(['benchmark', 'data', ...FAST, '--out', 'out', '--resume', '--quiet'], { cwd });
  expect(stderr).toMatch(new RegExp(`warning: pca can't be run: .* is in use by process ${process.pid} since now`));
  expect(code).toBe(1);
  expect(resultsIn(join(cwd, 'out')).methods.map(({ name }) => name)).toEqual(['variation']);
});

test('what another cell trusts must be there, or run together', async () => {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'));
  const argv = ['benchmark', 'data', '--methods', 'variation@rddpm-concentrated,rddpm-concentrated', '--steps', '4', '--overlap'];
  const rest = ['--out', 'out', ...TINY];
  const { code, stderr } = await rddpm([...argv, ...rest, '--cell', '0'], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain('--cell 0 (variation@rddpm-concentrated) learns from what cell 1 (rddpm-concentrated) trusts');
});

test('rows that differ in their reading alone share a training', { timeout: 120_000 }, async () => {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'));
  const argv = ['benchmark', 'data', '--study', 'depth', '--steps', '2', '--overlap', '--out', 'out', ...TINY, ...TINY_DETECTION];
  const { code, stderr } = await rddpm(
    argv.filter((word) => word !== '--quiet'),
    { cwd },
  );
  expect(code).toBe(0);
  expect(stderr.match(/its training is that of depth-100-250/g)).toHaveLength(4);
  const { methods } = resultsIn(join(cwd, 'out'));
  expect(methods.map(({ timing }) => timing.fitSeconds !== undefined)).toEqual([true, false, false, false, false]);
  expect(new Set(methods.map(({ pixel }) => pixel.averagePrecision)).size).toBeGreaterThan(1);
  expect(methods.map(({ curves }) => curves)).toEqual(methods.map(() => methods[0]!.curves));
});

test('--jobs runs cells in processes, to the same table', { timeout: 120_000 }, async () => {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'));
  const argv = (out: string) => ['benchmark', 'data', ...FAST, '--seed', '0,1', '--contamination', '0.2,5', '--out', out, '--quiet'];
  await rddpm(argv('here'), { cwd });
  const { code, stderr } = await rddpm([...argv('there'), '--jobs', '2'], { cwd });
  expect(stderr).toContain("warning: variation (5, seed 1) can't be run: ");
  expect(code).toBe(1);
  expect(numbersIn(join(cwd, 'there'))).toEqual(numbersIn(join(cwd, 'here')));
  expect(resultsIn(join(cwd, 'there')).failed).toEqual(resultsIn(join(cwd, 'here')).failed);
});

test('a file says what is studied, and what is typed counts before it', async () => {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'sets/one'));
  await writeTinyDataset(join(cwd, 'sets/two'));
  writeFileSync(
    join(cwd, 'sets/rddpm.config.ts'),
    `const methods: string[] = ['variation', 'pca'];
     export default { datasets: ['one', 'two'], methods, size: 16, overlap: true, seed: [0, 1], set: { 'components': 2 }, skipBroken: false };`,
  );
  const argv = ['benchmark', '--plan', 'sets/rddpm.config.ts', '--out', 'out', '--seed', '3', '--quiet'];
  const printed = JSON.parse((await rddpm([...argv, '--print-config'], { cwd })).stdout) as {
    rows: unknown;
    cells: { index: number; run: string }[];
  }[];
  expect(printed[0]!.rows).toMatchObject([{ method: 'variation' }, { method: 'pca', config: { components: 2 } }]);
  expect(printed.flatMap(({ cells }) => cells.map(({ index }) => index))).toEqual([0, 1, 2, 3]);
  const { code, stdout } = await rddpm(argv, { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^one\n(.*\n)*two\n/);
  expect(readdirSync(join(cwd, 'out'))).toEqual(['one', 'two']);
  expect(resultsIn(join(cwd, 'out/two')).cells.map(({ method, seed }) => [method, seed])).toEqual([
    ['variation', 3],
    ['pca', 3],
  ]);
});

test("the cluster example's study has as many cells as its jobs", async () => {
  const plan = fileURLToPath(new URL('../../../examples/cluster/rddpm.config.ts', import.meta.url));
  const { stdout } = await rddpm(['benchmark', '--plan', plan, '--out', 'study', '--dry-run'], { cwd: temporaryFolder() });
  const cells = stdout.split('\n').filter((line) => line.endsWith('new')).length;
  expect(readFileSync(join(plan, '../job.yaml'), 'utf8')).toContain(`completions: ${cells}\n`);
  expect(readFileSync(join(plan, '../README.md'), 'utf8')).toContain(`--array=0-${cells - 1} `);
});

test.each([
  ['{"datasets":"x","sedes":[1]}', "rddpm: plan.json: sedes can't stand in a study's file, which may have datasets, out, methods, "],
  ['{"datasets":"x","resume":true}', "rddpm: plan.json: resume can't stand in a study's file"],
  ['{"datasets":[]}', "rddpm: plan.json: datasets is []; the file's default export must be an object in which"],
  ['{"datasets":"x","overlap":"yes"}', 'rddpm: plan.json: overlap is "yes"; it must be true or false'],
  ['{', "rddpm: --plan plan.json can't be loaded: "],
])('refuses a plan that is %s', async (text, message) => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'plan.json'), text);
  const { code, stderr } = await rddpm(['benchmark', '--plan', 'plan.json', '--out', 'out'], { cwd });
  expect(code).toBe(2);
  expect(stderr.startsWith(message)).toBe(true);
});
