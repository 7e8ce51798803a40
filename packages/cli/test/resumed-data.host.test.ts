/** Runs that go on, with a data set that isn't where, or what, it was. */
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { mvtecFiles, png, write } from './pictures.ts';
import { rddpm, temporaryFolder } from './run-main.ts';
import { TINY, TINY_DETECTION } from './tiny-data-set.ts';

vi.setConfig({ testTimeout: 180_000 }); // whole runs, on machines that may be busy

const SIZE = { width: 16, height: 16 };
/** The rate doesn't depend on where it ends. */
const OPTIONS = ['--loss', 'huber', ...TINY, ...TINY_DETECTION, '--learning-rate-schedule', 'constant', '--warmup', '0'];

/** `data`, a run of 2 steps of it in `run`, and the weights after 4 steps without a stop. */
let start: string;
let whole: Buffer;

const weights = (cwd: string) => readFileSync(join(cwd, 'run/checkpoint/newest.safetensors'));

beforeAll(async () => {
  start = mkdtempSync(join(tmpdir(), 'rddpm-cli-'));
  write(join(start, 'data'), mvtecFiles(SIZE));
  const train = (steps: string) =>
    rddpm(['train', 'data', '--out', 'run', ...OPTIONS, '--overwrite', '--contamination', '0.17', '--steps', steps], { cwd: start });
  await train('4');
  whole = weights(start);
  await train('2');
  return () => rmSync(start, { recursive: true });
});

/** The stopped run, in a folder of its own. */
function stopped(): string {
  const cwd = temporaryFolder();
  cpSync(start, cwd, { recursive: true });
  return cwd;
}

const resume = (cwd: string, dataset = 'data', ...argv: string[]) =>
  rddpm(['train', dataset, '--out', 'run', '--resume', '--steps', '4', '--quiet', ...argv], { cwd });

describe('rddpm train --resume', () => {
  test('goes on as if it had not stopped, with what has moved', async () => {
    const cwd = stopped();
    expect(weights(cwd)).not.toEqual(whole);
    renameSync(join(cwd, 'data'), join(cwd, 'elsewhere'));
    expect(await resume(cwd, 'elsewhere')).toEqual({ code: 0, stdout: expect.any(String), stderr: '' });
    expect(weights(cwd).equals(whole)).toBe(true);
    expect(JSON.parse(readFileSync(join(cwd, 'run/config.json'), 'utf8')).dataset).toBe(join(cwd, 'elsewhere'));
    const { code, stderr } = await rddpm(['detect', 'run', 'elsewhere', '--out', 'found', '--smoothing', '2'], { cwd });
    expect([code, stderr]).toEqual([0, expect.stringMatching(/made anew from 7 training images/)]);
  });

  test('goes on with renamed files, in the order that they were in', async () => {
    const cwd = stopped();
    renameSync(join(cwd, 'data/train/good/0.png'), join(cwd, 'data/train/good/zzz.png'));
    expect(await resume(cwd)).toMatchObject({ code: 0, stderr: '' });
    expect(weights(cwd).equals(whole)).toBe(true);
  });

  test('leaves out what was added, and says so', async () => {
    const cwd = stopped();
    write(join(cwd, 'data'), { 'train/good/0000.png': png({ ...SIZE, seed: 999 }), 'test/good/7.png': png({ ...SIZE, seed: 998 }) });
    const { code, stderr } = await resume(cwd);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/0000\.png is not in the manifest, and is left out\n.*7\.png is not in the manifest/s),
    ]);
    expect(weights(cwd).equals(whole)).toBe(true);
  });

  test('refuses what was removed or replaced, by name, and leaves the run as it is', async () => {
    const cwd = stopped();
    const before = weights(cwd);
    write(join(cwd, 'data'), { 'train/good/1.png': png({ ...SIZE, seed: 999 }) });
    rmSync(join(cwd, 'data/train/good/2.png'));
    const { code, stderr } = await resume(cwd);
    expect(code).toBe(3);
    expect(stderr).toMatch(/2 of the files .*\n {2}train\/good\/1\.png has changed\n {2}train\/good\/2\.png is missing\n/);
    expect(weights(cwd).equals(before)).toBe(true);
    expect(readFileSync(join(cwd, 'run/contamination.json'), 'utf8')).toBe(readFileSync(join(start, 'run/contamination.json'), 'utf8'));
  });

  test('says that lists which have moved are not read again', async () => {
    const cwd = temporaryFolder();
    const files = mvtecFiles(SIZE);
    const paths = Object.keys(files).filter((path) => !path.startsWith('ground_truth'));
    const list = (left: string) => `path,split\n${paths.map((path) => `${path},${path === left ? '' : path.split('/')[0]}\n`).join('')}`;
    write(join(cwd, 'data'), files);
    write(cwd, { 'a.csv': list('train/good/0.png'), 'b.csv': list('train/good/1.png') });
    const argv = ['train', 'data', '--out', 'run', '--method', 'mean-image', '--calibration', 'none', '--size', '16', '--quiet'];
    await rddpm([...argv, '--split-list', 'a.csv'], { cwd });
    const before = readFileSync(join(cwd, 'run/contamination.json'), 'utf8');
    const again = await rddpm([...argv, '--resume', '--split-list', 'a.csv'], { cwd });
    expect([again.code, again.stderr]).toEqual([0, '']);
    const other = await rddpm([...argv, '--resume', '--split-list', 'b.csv'], { cwd });
    expect([other.code, other.stderr]).toEqual([
      0,
      expect.stringMatching(/^warning: --split-list is another file than before, and is not read: /),
    ]);
    expect(readFileSync(join(cwd, 'run/contamination.json'), 'utf8')).toBe(before);
  });

  test('refuses another protocol, and another place where no manifest names the files', async () => {
    const cwd = stopped();
    const other = await resume(cwd, 'data', '--contamination', '0.34');
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/--resume: data\.contamination is 0\.17 in .* but 0\.34 here/)]);
    writeFileSync(join(cwd, 'run/contamination.json'), JSON.stringify({ overlap: false, contaminants: [], sha256: {} }));
    renameSync(join(cwd, 'data'), join(cwd, 'elsewhere'));
    const moved = await resume(cwd, 'elsewhere');
    expect([moved.code, moved.stderr]).toEqual([2, expect.stringMatching(/--resume: dataset is /)]);
  });
});

test('rddpm benchmark --resume goes on with the same files, wherever they are, and refuses others', async () => {
  const cwd = temporaryFolder();
  write(join(cwd, 'data'), mvtecFiles(SIZE));
  const benchmark = (dataset: string, ...argv: string[]) =>
    rddpm(
      [
        'benchmark',
        dataset,
        '--out',
        'out',
        '--methods',
        'mean-image',
        '--calibration',
        'none',
        '--size',
        '16',
        '--contamination',
        '0.17',
        '--quiet',
        ...argv,
      ],
      { cwd },
    );
  expect((await benchmark('data')).code).toBe(0);
  const cell = join(cwd, 'out/mean-image_contamination-0.17_seed-0');
  const manifest = readFileSync(join(cell, 'contamination.json'), 'utf8');
  const unfinish = () => rmSync(join(cell, 'results.json'));
  unfinish();
  renameSync(join(cwd, 'data'), join(cwd, 'elsewhere'));
  write(join(cwd, 'elsewhere'), { 'train/good/9.png': png({ ...SIZE, seed: 9 }) });
  const moved = await benchmark('elsewhere', '--resume');
  expect([moved.code, moved.stderr]).toEqual([0, expect.stringMatching(/9\.png is not in the manifest, and is left out/)]);
  expect(readFileSync(join(cell, 'contamination.json'), 'utf8')).toBe(manifest);
  unfinish();
  rmSync(join(cwd, 'elsewhere/train/good/1.png'));
  const changed = await benchmark('elsewhere', '--resume');
  expect([changed.code, changed.stderr]).toEqual([3, expect.stringMatching(/train\/good\/1\.png is missing/)]);
});
