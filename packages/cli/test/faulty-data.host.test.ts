/** What is wrong with a data set, or with what is asked of it: what came, and what would be right. */
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
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
    [2, 'data', '--tiles 32', /tiles are 32x32 \(width x height\), but the frame is 16x16; tiles must fit into it/],
    [2, 'data', '--tiles 8+8', /overlap is 8; it must be a whole number from 0 to 7/],
    [2, 'data', '--tiles 8+x', /It must be as in 64, or 64x32\+8: width, height, and by how many pixels windows overlap/],
    [2, 'three', '--fold 7', /fold is 7; of 5 folds it must be a whole number from 0 to 4/],
    [2, 'data', '--fold 1', /--fold is 1, but data needs no dealing: it comes with its split, or without labels; leave it out/],
    [2, 'three', '', /folds is 5; it must be at most the number of normal images, of which there are 3/],
    [
      3,
      'data',
      '--crop 20x20+0+0',
      /6 of 6 images can't be used.*0\.png: is 16x16 pixels, so there are no 20x20 to be cut out at x = 0, y = 0/s,
    ],
    [2, 'data', '--crop 8x8', /It must be as in 800x600\+100\+50/],
    [2, 'data', '--kinds nothing', /kinds are \["nothing"\]; the test set has bad/],
    [2, 'data', '--contamination naturally', /It must be a number of at least 0, or natural\./],
    [2, 'data', '--contamination 1 --of total', /ratio is 1; of total it must be at least 0 and below 1/],
    [2, 'data', '--severity 1,0.5', /two numbers with a comma between them, the lesser first/],
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
