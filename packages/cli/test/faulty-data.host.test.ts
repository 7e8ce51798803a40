/** What is wrong with a data set, or with what is asked of it: what came, and what would be right. */
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pngOf } from '../../data/test/png-of.ts';
import { jpeg, mvtecFiles, png, write } from './pictures.ts';
import { rddpm, temporaryFolder } from './run-main.ts';

const SIZE = { width: 16, height: 16 };
const train = (cwd: string, dataset: string, ...argv: string[]) =>
  rddpm(['train', dataset, '--out', 'run', '--method', 'mean-image', '--calibration', 'none', '--size', '16', '--quiet', ...argv], { cwd });

/** A header that promises 2.5 gigapixels. */
function bomb(): Uint8Array {
  const bytes = Buffer.from(pngOf({ width: 1, height: 1, bits: 8, colour: 0, samples: [0] }));
  for (const at of [16, 20]) bytes.writeUInt32BE(50_000, at);
  return bytes;
}

describe('all faults are named together, before anything is learnt:', () => {
  test('of pictures', async () => {
    const cwd = temporaryFolder();
    const corrupt = Buffer.from(png({ ...SIZE, seed: 50 }));
    corrupt.fill(0, 60, 100);
    write(join(cwd, 'data'), {
      ...mvtecFiles(SIZE),
      'train/good/bomb.png': bomb(),
      'train/good/corrupt.png': corrupt,
      'train/good/empty.png': '',
      'train/good/misnamed.png': await jpeg(SIZE), // it is read all the same
      'train/good/text.png': 'no picture',
      'train/good/truncated.jpg': (await jpeg({ width: 64, height: 64 })).subarray(0, 400),
    });
    const { code, stderr } = await train(cwd, 'data');
    expect(code).toBe(3);
    const [head, ...lines] = stderr.trim().split('\n');
    expect(head).toBe("rddpm: 5 of 12 images can't be used; mend or remove them, or leave them out with --skip-broken:");
    expect(lines).toEqual(
      [
        /bomb\.png: .* 50000x50000 = 2500000000 pixels; at most \d+ are decoded/,
        /corrupt\.png: the picture is damaged or cut short/,
        /empty\.png: the file is empty/,
        /text\.png: the file is not a picture that can be read; it begins with 'no picture'/,
        /truncated\.jpg: the picture is damaged or cut short/,
      ].map((line) => expect.stringMatching(line)),
    );
    expect(existsSync(join(cwd, 'run'))).toBe(false);
    const others = await train(cwd, 'data', '--skip-broken', '--json');
    expect([others.code, others.stderr]).toEqual([0, expect.stringMatching(/5 of 12 images can't be used and are left out/)]);
  });

  test('of links that lead nowhere or in a circle, and names that differ by case only', async ({ skip }) => {
    const cwd = temporaryFolder();
    const data = join(cwd, 'data');
    write(data, { ...mvtecFiles(SIZE), 'train/good/a.png': png({ ...SIZE, seed: 60 }), 'train/good/A.png': png({ ...SIZE, seed: 61 }) });
    skip(
      readdirSync(join(data, 'train/good')).filter((name) => /^a\.png$/i.test(name)).length < 2,
      'this file system takes a.png and A.png for one',
    );
    symlinkSync(join(cwd, 'gone'), join(data, 'test/scratch'));
    symlinkSync(data, join(data, 'train/again'));
    for (const { code, stdout, stderr } of [await train(cwd, 'data'), await rddpm(['verify', 'data'], { cwd })]) {
      expect(code).toBe(3);
      const said = stdout || stderr; // of verify the report
      expect(said).toMatch(/test\/scratch\/ can't be opened: .*scratch is a link to nothing/);
      expect(said).toMatch(/train\/again\/ can't be opened: .*again is a link to a folder that it lies in/);
      expect(said.match(/train\/good\/A\.png and train\/good\/a\.png are called/g)).toHaveLength(1);
    }
  });

  test('of names, masks and pictures', async () => {
    const cwd = temporaryFolder();
    write(join(cwd, 'data'), {
      ...mvtecFiles(SIZE),
      'train/good/1.jpg': await jpeg(SIZE),
      'test/bad/7.png': png(SIZE),
      'test/good/empty.png': '',
      'ground_truth/bad/0_mask.png': png({ width: 8, height: 8 }),
    });
    const { code, stderr } = await train(cwd, 'data');
    expect(code).toBe(3);
    for (const said of [
      /train\/good\/1\.jpg and train\/good\/1\.png are both called train\/good\/1; names must differ in more than their ending/,
      /test\/bad\/7\.png has no mask/,
      /test\/good\/empty\.png .*the file is empty/,
      /ground_truth\/bad\/0_mask\.png .*8x8.*16x16/,
    ])
      expect.soft(stderr).toMatch(said);
  });
});

describe('rddpm train says what came, and what would be right:', () => {
  const files = {
    ...Object.fromEntries(Object.entries(mvtecFiles(SIZE)).map(([path, bytes]) => [`data/${path}`, bytes])),
    'empty/.keep': '',
    'one/a.png': png(SIZE),
    'text/notes.txt': 'x',
    'columns.csv': 'a,b\n1,2\n',
    'absent.csv': 'path\nnothing.png\n',
    'config.json': '{"version":2,"method":"ddpm"}',
    'list.csv': 'path,split\nphotos/a.png,train\n',
    'photos/a.png': png({ ...SIZE, seed: 0 }),
    'photos/b.png': png({ ...SIZE, seed: 1 }),
    'unreadable/train/good/0.png': '',
    'split.csv': 'path,split\nnormal/0.png,train\nnormal/1.png,train\nnormal/2.png,test\nanomalous/0.png,train\n',
    'three/normal/0.png': png({ ...SIZE, seed: 0 }),
    'three/normal/1.png': png({ ...SIZE, seed: 1 }),
    'three/normal/2.png': png({ ...SIZE, seed: 2 }),
    'three/anomalous/0.png': png({ ...SIZE, seed: 3 }),
  };

  test.each([
    [3, 'nowhere', '', /nowhere does not exist; it must be a data set's folder/],
    [3, 'empty', '', /empty .*none of the layouts .*it holds 1 file, such as \.keep, and no picture/],
    [
      3,
      'text/notes.txt',
      '',
      /notes\.txt is a file, but no list; a data set is a folder, or a list of images that ends with \.csv or \.json/,
    ],
    [3, 'one/a.png', '', /a\.png is a file, but no list/],
    [3, 'columns.csv', '', /columns\.csv has no column of paths, which is called one of path, image, .*; its columns are "a", "b"/],
    [3, 'absent.csv', '', /absent\.csv line 2: path is "nothing\.png"; there is no such file/],
    [3, 'data', '--layout ksdd', /no kos01\/Part0\.jpg or the like among 12 files/],
    [2, 'unreadable', '--tiles 32', /--tiles: tiles are 32x32 \(width x height\), but --size is 16x16; tiles must fit into it/],
    [2, 'unreadable', '--tiles 8+8', /--tiles: tiles\.overlap is 8; it must be a whole number from 0 to 7/],
    [2, 'data', '--tiles 8+x', /It must be as in 64, or 64x32\+8: width, height, and by how many pixels windows overlap/],
    [2, 'three', '--fold 7', /fold is 7; of 5 folds it must be a whole number from 0 to 4/],
    [2, 'data', '--fold 1', /--fold is 1, but data needs no dealing: it comes with its split, or without labels; leave it out/],
    [2, 'three', '', /folds is 5; it must be at most the number of normal images, of which there are 3/],
    [
      3,
      'data',
      '--crop 20x20+0+0',
      /^rddpm: --crop 20x20\+0\+0 is more than any picture has; it must lie within them, which are:\n {2}16x16, as train\/good\/\d\.png\n$/,
    ],
    [3, 'unreadable', '', /^rddpm: 1 of 1 image can't be used; mend or remove them:\n {2}train\/good\/0\.png: the file is empty/m],
    [2, 'data', '--crop 8x8', /It must be as in 800x600\+100\+50/],
    [2, 'data', '--contamination 0.1 --kinds nothing', /kinds are \["nothing"\]; the test set has bad/],
    [2, 'data', '--contamination naturally', /It must be a number of at least 0, or natural\./],
    [2, 'data', '--contamination 1 --of total', /ratio is 1; of total it must be at least 0 and below 1/],
    [2, 'data', '--severity 1,0.5', /two numbers with a comma between them, the lesser first/],
    [2, 'data', '--folds 7', /--folds is 7, but data needs no dealing: it comes with its split, or without labels; leave it out/],
    [2, 'data', '--fold 0', /--fold is 0, but data needs no dealing/],
    [2, 'three', '--split-list split.csv --folds 9', /--folds is 9, but the split is that of a list; leave it out/],
    [2, 'data', '--kinds bad', /^rddpm: --kinds has no effect: no defects are drawn, as --contamination is 0; leave it out\n$/],
    [2, 'data', '--severity 5,9 --contamination 0', /--severity has no effect: no defects are drawn/],
    [2, 'data', '--contamination natural --of total', /--of has no effect: --contamination natural takes the defects as they are/],
    [2, 'data', '--contamination natural --shortage repeat', /--shortage has no effect: --contamination natural takes/],
    [2, 'data', '--label-noise 0.1 --of total', /--of has no effect: --label-noise takes a share of the defects that there are/],
    [
      2,
      'three',
      '--split-list split.csv --contamination 0.5 --overlap',
      /--overlap keeps in the test half .*three has defects beside its test/,
    ],
    [2, 'list.csv', '--layout mvtec', /--layout is mvtec, but .*list\.csv is a list, which says itself where its images are; leave it out/],
    [2, 'photos', '--contamination 0.2', /nobody says which of the 2 images of photos are good: there are no defects to put into training/],
    [3, 'data', '--manifest config.json', /config\.json is no manifest; it must be the contamination\.json of a run\n$/],
    [
      3,
      'data',
      '--split-list columns.csv',
      /columns\.csv has no column of paths, which is called one of path, image, .*; its columns are "a", "b"/,
    ],
  ] as const)('%i %s %s', async (expected, dataset, options, said) => {
    const cwd = temporaryFolder();
    write(cwd, files);
    const { code, stderr } = await train(cwd, dataset, ...options.split(' ').filter(Boolean));
    expect([code, stderr]).toEqual([expected, expect.stringMatching(said)]);
  });

  test('a folder of one image can be learnt from', async () => {
    const cwd = temporaryFolder();
    write(cwd, files);
    expect(await train(cwd, 'one')).toMatchObject({ code: 0, stderr: '' });
  });
});

test('what nobody has labelled is detected, and not scored', async () => {
  const cwd = temporaryFolder();
  write(cwd, { 'photos/a.png': png(SIZE), 'photos/b.png': png({ ...SIZE, seed: 1 }) });
  await train(cwd, 'photos');
  expect(await rddpm(['detect', 'run', 'photos', '--out', 'found', '--quiet'], { cwd })).toMatchObject({ code: 0, stderr: '' });
  const { code, stderr } = await rddpm(['evaluate', 'found', 'photos', '--quiet'], { cwd });
  const said = "rddpm: a.png is a test image of which nobody says whether it is anomalous; it can't be scored\n";
  expect([code, stderr]).toEqual([3, said]);
});

test('rddpm benchmark says why a folder of which nobody knows what is good is nothing to test on', async () => {
  const cwd = temporaryFolder();
  write(cwd, { 'photos/a.png': png(SIZE), 'photos/b.png': png({ ...SIZE, seed: 1 }) });
  const argv = ['benchmark', 'photos', '--out', 'out', '--methods', 'mean-image', '--size', '16', '--quiet'];
  const said = 'rddpm: nobody says which of the 2 images of photos are good: ';
  const drawn = await rddpm(argv, { cwd });
  expect([drawn.code, drawn.stderr]).toEqual([2, `${said}there are no defects to put into training, and nothing to test on\n`]);
  const clean = await rddpm([...argv, '--contamination', '0'], { cwd });
  expect([clean.code, clean.stderr]).toEqual([3, `${said}there is nothing to test on\n`]);
});

test('what could not be detected in is left out of the evaluation', async () => {
  const cwd = temporaryFolder();
  write(join(cwd, 'data'), { ...mvtecFiles(SIZE), 'test/good/1.png': '' });
  await train(cwd, 'data');
  const detected = await rddpm(['detect', 'run', 'data', '--out', 'found', '--quiet'], { cwd });
  expect([detected.code, detected.stderr]).toEqual([3, expect.stringMatching(/1 image can't be used \(test\/good\/1\.png\)/)]);
  const { code, stdout, stderr } = await rddpm(['evaluate', 'found', 'data'], { cwd });
  expect([code, stderr, stdout]).toEqual([
    0,
    expect.stringContaining('left out, without a map: 1 image '),
    expect.stringContaining('1 good and 2 defective images'),
  ]);
});

test('what could not be detected in is left out with what was trained on', async () => {
  const cwd = temporaryFolder();
  write(join(cwd, 'data'), mvtecFiles({ ...SIZE, train: 6, good: 2, bad: 4 }));
  await train(cwd, 'data', '--contamination', '0.2');
  const moved = readFileSync(join(cwd, 'run/contamination.json'), 'utf8').match(/"path":"(test\/bad\/\d\.png)".*"why":"contaminant"/)?.[1];
  expect(moved).toBeDefined();
  write(join(cwd, 'data'), { 'test/good/1.png': '' });
  await rddpm(['detect', 'run', 'data', '--out', 'found', '--quiet'], { cwd });
  const { code, stdout, stderr } = await rddpm(['evaluate', 'found', 'data'], { cwd });
  expect([code, stderr, stdout]).toEqual([
    0,
    expect.stringContaining('left out, without a map: 2 images '),
    expect.stringContaining('1 good and 3 defective images'),
  ]);
});

test('rddpm benchmark --skip-broken leaves detections that can be evaluated', async () => {
  const cwd = temporaryFolder();
  write(join(cwd, 'data'), { ...mvtecFiles(SIZE), 'test/good/1.png': '' });
  const argv = ['benchmark', 'data', '--out', 'out', '--methods', 'mean-image', '--calibration', 'none', '--size', '16', '--quiet'];
  const { code, stderr } = await rddpm([...argv, '--contamination', '0', '--skip-broken'], { cwd });
  expect([code, stderr]).toEqual([0, expect.stringContaining("1 of 4 images can't be used and are left out")]);
  const evaluated = await rddpm(['evaluate', 'out/mean-image_contamination-0_seed-0/detection', 'data', '--quiet'], { cwd });
  expect([evaluated.code, evaluated.stderr]).toEqual([0, '']);
  expect(evaluated.stdout).toContain('1 good and 2 defective images');
});

test('masks that look inverted are pointed out before anybody trusts their figures', async () => {
  const cwd = temporaryFolder();
  const all = { x: 0, y: 0, width: 16, height: 12 };
  write(join(cwd, 'most'), mvtecFiles({ ...SIZE, square: all }));
  write(join(cwd, 'few'), { ...mvtecFiles({ ...SIZE, bad: 3 }), 'ground_truth/bad/0_mask.png': png({ ...SIZE, square: all }) });
  const warned = async (dataset: string) => {
    const compared = ['benchmark', dataset, '--out', `out-${dataset}`, '--methods', 'mean-image', '--contamination', '0', '--size', '16'];
    const benchmark = await rddpm([...compared, '--calibration', 'none', '--quiet'], { cwd });
    const cell = join(`out-${dataset}`, 'mean-image_contamination-0_seed-0', 'detection');
    const evaluate = await rddpm(['evaluate', cell, dataset, '--quiet'], { cwd });
    expect([benchmark.code, evaluate.code]).toEqual([0, 0]);
    return [benchmark.stderr, evaluate.stderr];
  };
  const said =
    'warning: the mask of test/bad/0.png marks more than half of its picture, as 2 of 2 masks do (the mask of test/bad/1.png): ' +
    'if black marks the defect there, it is inverted\n';
  expect(await warned('most')).toEqual([said, said]);
  expect(await warned('few')).toEqual(['', '']);
});

test('rddpm verify and evaluate refuse a layout for a list', async () => {
  const cwd = temporaryFolder();
  write(cwd, { 'list.csv': 'path,split\na.png,train\n', 'a.png': png(SIZE) });
  for (const argv of [
    ['verify', 'list.csv'],
    ['evaluate', 'maps', 'list.csv'],
  ]) {
    const { code, stderr } = await rddpm([...argv, '--layout', 'mvtec'], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--layout is mvtec, but .*list\.csv is a list/)]);
  }
});

test('rddpm verify takes a list, too', async () => {
  const cwd = temporaryFolder();
  write(cwd, {
    'set/parts.csv': 'path,split,label\na.png,train,0\nb.png,test,1\n',
    'set/a.png': png(SIZE),
    'set/b.png': png({ ...SIZE, seed: 1 }),
  });
  const { code, stdout } = await rddpm(['verify', 'set/parts.csv'], { cwd });
  expect([code, stdout]).toEqual([0, expect.stringMatching(/train +\w+ 1\n +test +\w+ 1\n/)]);
});
