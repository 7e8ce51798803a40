import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rddpm, temporaryFolder } from './run-main.ts';

const SMALL = ['--kind', 'grid', '--size', '16', '--train', '4', '--test-good', '2', '--test-per-defect', '1'];

describe('rddpm synth', () => {
  test('writes a data set that verify finds nothing wrong with', async () => {
    const cwd = temporaryFolder();
    const made = await rddpm(['synth', 'data', ...SMALL], { cwd });
    expect(made).toMatchObject({ code: 0, stdout: 'data: 4 training and 6 test images\n', stderr: '' });
    expect(readdirSync(join(cwd, 'data/train/good'))).toHaveLength(4);
    const { code, stdout } = await rddpm(['verify', 'data', '--json'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      train: { good: 4 },
      test: { good: 2 },
      sizes: [{ width: 16, height: 16, images: 10 }],
      problems: [],
    });
  });

  test('replaces its own data set, but no other folder', async () => {
    const cwd = temporaryFolder();
    await rddpm(['synth', 'data', ...SMALL], { cwd });
    expect((await rddpm(['synth', 'data', ...SMALL], { cwd })).code).toBe(0);
    writeFileSync(join(cwd, 'notes.txt'), 'mine');
    const { code, stderr } = await rddpm(['synth', '.', ...SMALL], { cwd });
    expect(stderr).toMatch(/which this command did not write/);
    expect(code).toBe(2);
  });
});

describe('rddpm verify', () => {
  test('lists every problem on stdout, and ends with 3', async () => {
    const cwd = temporaryFolder();
    await rddpm(['synth', 'data', ...SMALL], { cwd });
    const defect = readdirSync(join(cwd, 'data/ground_truth'))[0]!;
    writeFileSync(join(cwd, 'data/train/good/001.png'), 'not a picture');
    rmSync(join(cwd, `data/ground_truth/${defect}/000_mask.png`));
    const { code, stdout, stderr } = await rddpm(['verify', 'data'], { cwd });
    expect(stdout).toMatch(/error: train\/good\/001\.png can't be decoded/);
    expect(stdout).toContain(`error: test/${defect}/000.png has no mask`);
    expect(stderr).toMatch(/^rddpm: data has 2 errors/);
    expect(code).toBe(3);
  });

  test('says what the files are, and of many problems of one sort a few', async () => {
    const cwd = temporaryFolder();
    await rddpm(['synth', 'data', ...SMALL], { cwd });
    const bytes = readFileSync(join(cwd, 'data/train/good/000.png'));
    for (let i = 0; i < 9; i++) writeFileSync(join(cwd, `data/train/good/copy ${i}.png`), bytes);
    const { code, stdout } = await rddpm(['verify', 'data'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^data \(mvtec\)\n {2}train {2}good 13\n/);
    expect(stdout).toContain('  files  png, uint8, 3 channels (19)\n');
    expect(stdout.match(/has the same content as train\/good\/000\.png/g)).toHaveLength(5);
    expect(stdout).toContain('  … and 4 more such warnings (--json has all)');
    const all = await rddpm(['verify', 'data', '--json'], { cwd });
    expect(JSON.parse(all.stdout).problems).toHaveLength(9);
  });
});
