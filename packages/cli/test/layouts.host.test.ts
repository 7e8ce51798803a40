/** The registry's layouts, beside each other. */
import type { FileSource } from '@rddpm/core/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHOICES } from '../src/registry.ts';

describe('of the layouts', () => {
  const best = (paths: readonly string[]) => {
    const scores = CHOICES.layouts.map(({ name, recognises }) => [name, recognises(paths)] as const);
    const highest = Math.max(...scores.map(([, score]) => score));
    return scores.filter(([, score]) => score > 0 && score === highest).map(([name]) => name);
  };
  const shapes: Readonly<Record<string, readonly (readonly string[])[]>> = {
    mvtec: [
      ['train/good/0.png'],
      ['train/good/0.png', 'test/good/0.png', 'test/bad/0.png', 'ground_truth/bad/0_mask.png'],
      ['train/good/0.png', 'test/ok/0.png', 'test/ko/0.png'],
      ['train/good/0.png', 'train/crack/0.png', 'train/defect/0.png', 'test/crack/0.png'],
      ['test/good/0.png', 'test/crack/0.png'],
      ['test/good/0.png', 'test/defective/0.png', 'ground_truth/defective/0_mask.png'],
      ['test/crack/0.png'],
      ['test/defective/0.png'],
    ],
    ksdd: [['kos01/Part0.jpg', 'kos01/Part0_label.bmp']],
    'normal-anomalous': [
      ['good/0.png', 'bad/0.png'],
      ['Normal/0.png', 'Anomaly/hole/0.png', 'masks/hole/0.png'],
      ['train/ok/0.png', 'test/ok/0.png', 'test/ko/0.png', 'ground_truth/ko/0.png'],
      ['train/ok/0.png', 'test/good/0.png', 'test/ko/0.png'],
      ['train/normal/0.png'],
      ['test/ok/0.png', 'test/ko/0.png'],
      ['test/ok/0.png', 'test/scratch/0.png'],
    ],
    list: [
      ['dataset.csv', '0.png'],
      ['dataset.json', '0.png'],
    ],
    images: [['0.png'], ['a/0.png', 'b/c/0.png'], ['good/0.png', 'scratch/0.png'], ['kos01/Part0.jpg'], ['bad/0.png'], ['train/0.png']],
  };
  const all = Object.entries(shapes).flatMap(([name, sets]) => sets.map((paths) => [name, paths] as const));

  test.each(all)('%s is the best for %j, and the only one', (name, paths) => {
    expect(best(paths)).toEqual([name]);
    expect(best([...paths, 'license.txt', '.hidden/train/good/0.png'])).toEqual([name]);
    expect(best([...paths, 'preview.png', 'x/y/z.png'])).toEqual([name]);
    expect(best([...paths, 'dataset.csv'])).toEqual(['list']);
  });

  test('none fits a folder without pictures', () => {
    expect(best(['a.txt'])).toEqual([]);
  });
});

/** Files of which each is black, and a list that names one of them. */
function holding(paths: readonly string[]): FileSource {
  return {
    name: 'set',
    list: async () => [...paths],
    read: async (path) => new TextEncoder().encode(TEXTS[path] ?? ''),
    decode: async () => ({ width: 1, height: 1, channels: 1, data: Uint8Array.of(0) }),
    inspect: async () => expect.unreachable(),
  };
}

const TEXTS: Readonly<Record<string, string>> = { 'dataset.csv': 'path,label,mask\n0.png,1,masks/0.png', 'synthetic.json': '{}' };

describe.each(CHOICES.layouts.map((layout) => [layout.name, layout] as const))('%s', (_, layout) => {
  test('loses no file: each is an image, a mask, a file of its own, left out, or named in a problem', async () => {
    const folder = fc.constantFrom(
      'train',
      'test',
      'ground_truth',
      'masks',
      'good',
      'ok',
      'bad',
      'hole',
      'kos01',
      '.hidden',
      'fu\u0308',
      'f\u00fc',
    );
    const file = fc.constantFrom('0.png', '0.jpg', '0_mask.png', '1.webp', 'Part0.jpg', 'Part0_label.bmp', 'a.txt', 'Thumbs.db', 'README');
    const path = fc.tuple(fc.array(folder, { maxLength: 3 }), file).map(([folders, name]) => [...folders, name].join('/'));
    const own = ['synthetic.json', 'dataset.csv'];
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { minLength: 5, maxLength: 40 }), async (random) => {
        const paths = [...new Set([...random, ...own, '0.png', 'masks/0.png', 'train/good/0.png', 'good/0.png', 'kos01/Part0.jpg'])];
        const source = holding(paths);
        const { samples, problems, leftOut = [] } = await layout.read(source);
        const truths = samples.map((sample) => layout.truth({ ...sample, anomalous: true }, source).catch(() => undefined));
        const masks = (await Promise.all(truths)).flatMap((truth) => truth?.masks.map((mask) => mask.path) ?? []);
        const left = leftOut.flatMap((group) => group.paths);
        expect(new Set(left).size).toBe(left.length);
        const images = samples.map((sample) => sample.path);
        expect(left.filter((path) => images.includes(path))).toEqual([]);
        const told = new Set([...images, ...masks, ...left, ...own, ...problems.map((problem) => problem.path)]);
        const said = problems.map(({ message }) => message).join('\n');
        expect(paths.filter((path) => !told.has(path) && !said.includes(path))).toEqual([]);
      }),
    );
  });
});
