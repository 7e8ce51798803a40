import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ContaminationManifest } from '@rddpm/data';
import { parseResults } from '@rddpm/report';
import { describe, expect, test, vi } from 'vitest';
import { rddpm, temporaryFolder } from './run-main.ts';
import { TINY, TINY_DETECTION, writeTinyDataset } from './tiny-data-set.ts';

vi.setConfig({ testTimeout: 180_000 }); // whole runs, on machines that may be busy

type Facts = { loss: { name: string }; selection?: { keep: number } };

const SELECTION = JSON.stringify({ name: 'concentrated', firstChoice: 2, every: 2, timesteps: [20, 50], draws: 1, keep: 0.75 });

async function folderWithData(): Promise<string> {
  const cwd = temporaryFolder();
  await writeTinyDataset(join(cwd, 'data'));
  return cwd;
}

const train = (cwd: string, ...options: string[]) =>
  rddpm(['train', 'data', '--out', 'run', ...TINY, ...TINY_DETECTION, '--no-first-look', '--steps', '5', ...options], { cwd });

function suspectsIn(cwd: string, run = 'run'): string[][] {
  const [head, ...lines] = readFileSync(join(cwd, run, 'suspects.csv'), 'utf8')
    .trim()
    .split('\r\n');
  expect(head).toBe('rank,image,score,kept,contaminated,x,y');
  return lines.map((line) => line.split(','));
}

describe('rddpm train --selection', () => {
  test('leaves all training images by score, and a page of the worst', async () => {
    const cwd = await folderWithData();
    const { code, stderr } = await train(cwd, '--selection', SELECTION, '--contamination', '0.2', '--loss', 'huber');
    expect([code, stderr]).toEqual([0, '']);
    const rows = suspectsIn(cwd);
    expect(rows).toHaveLength(12);
    expect(rows.map(([rank]) => rank)).toEqual(Array.from({ length: 12 }, (_, i) => `${i + 1}`));
    const scores = rows.map(([, , score]) => Number(score));
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(rows.map(([, , , kept]) => kept)).toEqual([...Array(3).fill('false'), ...Array(9).fill('true')]);
    const { samples } = JSON.parse(readFileSync(join(cwd, 'run/contamination.json'), 'utf8')) as ContaminationManifest;
    const moved = samples.flatMap(({ path, why }) => (why === 'contaminant' ? path : []));
    const truth = rows.filter(([, , , , contaminated]) => contaminated === 'true').map(([, name]) => name);
    for (const place of rows.flatMap((row) => row.slice(5))) expect(place).toMatch(/^\d+$/);
    expect(truth.toSorted()).toEqual(moved.map((path) => path.replace(/^test\/(.*)\.png$/, '$1')).toSorted());
    const page = readFileSync(join(cwd, 'run/suspects.html'), 'utf8');
    for (const [, name] of rows.slice(0, 3)) {
      expect(page).toContain(name);
      expect(existsSync(join(cwd, 'run/suspects/heatmaps', `${name}.png`))).toBe(true);
    }
  });

  test('a threshold that is made anew is made without them', async () => {
    const cwd = await folderWithData();
    await train(cwd, '--selection', SELECTION, '--contamination', '0.2');
    const { stderr } = await rddpm(['detect', 'run', 'data', '--out', 'found', '--smoothing', '2'], { cwd });
    expect(stderr).toContain('made anew from 9 training images\n'); // of 12
  });

  test('does not claim to know the truth where nothing was moved in', async () => {
    const cwd = await folderWithData();
    await train(cwd, '--selection', SELECTION);
    expect(suspectsIn(cwd).every(([, , , , contaminated]) => contaminated === '')).toBe(true);
  });

  test('a run that was stopped and resumed leaves the same suspects; lost ones are made again', async () => {
    const cwd = await folderWithData();
    const options = ['--selection', SELECTION, '--learning-rate-schedule', 'constant', '--warmup', '0'];
    await train(cwd, ...options);
    const whole = suspectsIn(cwd);
    await train(cwd, ...options, '--overwrite', '--steps', '3');
    expect(suspectsIn(cwd)).not.toEqual(whole);
    expect((await train(cwd, '--resume')).code).toBe(0);
    expect(suspectsIn(cwd)).toEqual(whole);
    rmSync(join(cwd, 'run/suspects.csv'));
    await train(cwd, '--resume');
    expect(suspectsIn(cwd)).toEqual(whole);
  });

  test('says what is wrong with a selection or a loss', async () => {
    const cwd = await folderWithData();
    const refused = async (...options: string[]) => {
      const { code, stderr } = await train(cwd, ...options);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused('--selection', '{"name":"concentrated","firstChoice":300}')).toMatch(/firstChoice is 300, but there are 5 steps/);
    expect(await refused('--selection', '{"name":')).toMatch(/It is not JSON/);
    expect(await refused('--loss', '{"delta":1}')).toMatch(/must have a "name"/);
    expect(await refused('--loss', 'hubber')).toMatch(/did you mean 'huber'/);
    expect(await refused('--loss', '{"name":"huber","delta":-1}')).toMatch(/delta is -1/);
  });
});

test('rddpm train takes a loss as JSON, and trains what it learns', async () => {
  const cwd = await folderWithData();
  expect((await train(cwd, '--loss', '{"name":"barron","alpha":0.5,"scale":0.3}')).code).toBe(0);
  const config = (run: string) => JSON.parse(readFileSync(join(cwd, run, 'config.json'), 'utf8')).config.loss;
  expect(config('run')).toEqual({ name: 'barron', alpha: 0.5, scale: 0.3, adaptive: false });
  const { code, stderr } = await train(cwd, '--overwrite', '--loss', '{"name":"barron","alpha":0.5,"scale":0.3,"adaptive":true}');
  expect([code, stderr]).toEqual([0, '']);
  expect((await rddpm(['detect', 'run', 'data/test/good', '--out', 'maps', '--quiet'], { cwd })).code).toBe(0);
});

test('rddpm benchmark compares concentrated methods and losses with options, and shows the suspects', async () => {
  const cwd = await folderWithData();
  const { code, stderr } = await rddpm(
    ['benchmark', 'data', '--out', 'out', ...TINY, ...TINY_DETECTION, '--steps', '3', '--overlap', '--selection', SELECTION]
      .concat('--methods', 'ddpm,rddpm-l1-concentrated')
      .concat('--loss', 'soft={"name":"huber","delta":1}', '--loss', 'trust={"name":"mse","weighting":{"name":"image-trust"}}'),
    { cwd },
  );
  expect([code, stderr]).toEqual([0, '']);
  const results = parseResults(readFileSync(join(cwd, 'out/results.json'), 'utf8'), 'results.json');
  const losses = results.methods.filter(({ role }) => role === 'method').map(({ name, facts }) => ({ name, ...(facts as Facts) }));
  expect(losses.map(({ name, loss }) => [name, loss.name])).toEqual([
    ['ddpm', 'mse'],
    ['rddpm-l1-concentrated', 'l1'],
    ['soft', 'huber'],
    ['trust', 'mse'],
  ]);
  expect(losses.map(({ selection }) => selection?.keep)).toEqual([undefined, 0.75, undefined, undefined]);
  expect(suspectsIn(cwd, 'out/rddpm-l1-concentrated_contamination-0.2_seed-0')).toHaveLength(12);
  const report = readFileSync(join(cwd, 'out/report.html'), 'utf8');
  expect(report).toContain('id="suspects"');
  expect(report).toContain("--loss 'soft={");
});

test('a benchmark of impossible options removes nothing', async () => {
  const cwd = await folderWithData();
  const benchmark = (...options: string[]) =>
    rddpm(['benchmark', 'data', '--out', 'out', ...TINY, ...TINY_DETECTION, '--steps', '1', '--overlap', '--methods', 'ddpm', ...options], {
      cwd,
    });
  expect((await benchmark()).code).toBe(0);
  const impossible = [
    ['--loss', 'x=hubber'],
    ['--methods', 'rddpm-concentrated'],
    ['--methods', 'rddpm-concentrated', '--selection', 'none'],
  ];
  for (const options of impossible) expect((await benchmark('--overwrite', ...options)).code).toBe(2);
  expect((await benchmark('--overwrite', '--loss', 'untrained=l1')).stderr).toContain("there is a method 'untrained' already");
  expect(existsSync(join(cwd, 'out/results.json'))).toBe(true);
});
