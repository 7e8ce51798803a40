import { ConfigError, createRng } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { type ContaminateOptions, type ContaminationManifest, contaminate, type Sample, splitSamples } from '../src/index.ts';

const images = (split: 'train' | 'test', kind: string, count: number): Sample[] =>
  Array.from({ length: count }, (_, i) => {
    const id = `${kind}/${String(i).padStart(3, '0')}`;
    return { id, path: `${split}/${id}.png`, split, anomalous: kind !== 'good', kind };
  });
/** The numbers of MVTec AD's bottle. */
const bottle = [
  ...images('train', 'good', 209),
  ...images('test', 'broken_large', 20),
  ...images('test', 'broken_small', 22),
  ...images('test', 'contamination', 21),
  ...images('test', 'good', 20),
];
/** Parts of KolektorSDD's first version: eight pictures each, one of them defective. */
const kolektor = (parts: number): Sample[] =>
  Array.from({ length: 8 * parts }, (_, i) => {
    const [group, id] = [`kos${String(Math.floor(i / 8) + 1).padStart(2, '0')}`, `Part${i % 8}`];
    const anomalous = i % 8 === 3;
    return { id: `${group}/${id}`, path: `${group}/${id}.jpg`, anomalous, kind: anomalous ? 'defect' : 'good', group };
  });
const run = (options: Partial<ContaminateOptions> = {}, samples: readonly Sample[] = bottle) =>
  contaminate(samples, { ratio: 0.2, rng: createRng(0), ...options });
/** Paths of the contaminants, as the manifest has them. */
const contaminantsIn = ({ samples }: ContaminationManifest) => samples.flatMap(({ why, path }) => (why === 'contaminant' ? path : []));
const leftOutIn = ({ samples }: ContaminationManifest) =>
  samples.flatMap(({ split, path, why }) => (split === null ? [[path, why] as const] : []));
const sizes = (samples: readonly Sample[]) => ({
  train: samples.filter(({ split }) => split === 'train').length,
  test: samples.filter(({ split }) => split === 'test').length,
});

describe('how many', () => {
  test('0.2 of 209 normals is 42: 251 training images, 41 left in the test set', () => {
    const { samples, manifest } = run();
    expect(manifest).toMatchObject({
      normals: 209,
      available: 63,
      largestRatio: 0.301,
      protocol: { ratio: 0.2, of: 'normals', overlap: false },
    });
    expect(manifest.contaminants).toBe(42);
    expect(sizes(samples)).toEqual({ train: 251, test: 41 });
  });

  test('0.2 of the total is a fifth of the training set: 52 beside 209', () => {
    const { samples, manifest } = run({ of: 'total' });
    expect(manifest.contaminants).toBe(52); // 0.25 · 209 = 52.25
    expect(sizes(samples)).toEqual({ train: 261, test: 31 });
  });

  test.each([
    [0, 0],
    [0.1, 21], // 20.9
    [0.002, 0], // 0.418
    [0.3, 63], // 62.7: all that there are
  ])('ratio %f of the normals is %i', (ratio, count) => {
    expect(run({ ratio }).manifest.contaminants).toBe(count);
  });

  test('contaminants already there are not counted as normals', () => {
    const { samples } = run({ overlap: true });
    expect(run({ overlap: true }, samples).manifest.normals).toBe(209);
  });
});

test('training images that nobody has judged count as normal, such test images not as defective', () => {
  const unjudged = [...images('train', 'part', 5), ...images('test', 'part', 5)].map(({ anomalous: _, ...sample }) => sample);
  expect(run({ ratio: 0 }, unjudged).manifest).toMatchObject({ normals: 5, available: 0 });
});

describe('which', () => {
  test('with overlap they stay in the test set as well', () => {
    const { samples, manifest } = run({ overlap: true });
    expect(sizes(samples)).toEqual({ train: 251, test: 83 });
    const tests = new Set(samples.filter(({ split }) => split === 'test').map(({ path }) => path));
    expect(contaminantsIn(manifest).every((path) => tests.has(path))).toBe(true);
  });

  test('without it no image is in both', () => {
    const { samples } = run();
    expect(new Set(samples.map(({ path }) => path)).size).toBe(samples.length);
  });

  test('the rest keeps its order; contaminants come last, marked, with their path', () => {
    const { samples, manifest } = run();
    const moved = new Set(contaminantsIn(manifest));
    expect(samples.slice(0, -42)).toEqual(bottle.filter(({ path }) => !moved.has(path)));
    const contaminants = samples.slice(-42);
    expect(contaminants.map(({ path }) => path)).toEqual(contaminantsIn(manifest));
    expect(contaminants.every(({ split, contaminant, anomalous }) => split === 'train' && contaminant && anomalous)).toBe(true);
  });

  test('one seed has always drawn the same', () => {
    // as the release before the manifest of version 2 drew: published numbers hang on it
    const { manifest } = run({ ratio: 0.04, rng: createRng(0).fork('contamination') });
    expect(contaminantsIn(manifest)).toEqual([
      'test/broken_large/008.png',
      'test/broken_large/017.png',
      'test/broken_large/019.png',
      'test/broken_small/004.png',
      'test/contamination/006.png',
      'test/contamination/008.png',
      'test/contamination/012.png',
      'test/contamination/018.png',
    ]);
  });

  test('the seed decides', () => {
    expect(run()).toEqual(run());
    expect(contaminantsIn(run({ rng: createRng(1) }).manifest)).not.toEqual(contaminantsIn(run().manifest));
  });

  test('a higher ratio adds to the choice of a lower one', () => {
    const more = new Set(contaminantsIn(run({ ratio: 0.3 }).manifest));
    expect(contaminantsIn(run({ ratio: 0.1 }).manifest).every((path) => more.has(path))).toBe(true);
  });

  test('each defective image is chosen equally often', () => {
    const times = new Map<string, number>();
    for (let seed = 0; seed < 400; seed++) {
      for (const path of contaminantsIn(run({ rng: createRng(seed) }).manifest)) times.set(path, (times.get(path) ?? 0) + 1);
    }
    // 400 draws at p = 42/63: mean 266.7, standard deviation 9.4; five of them are a false alarm once in 30,000 runs of 63 images
    for (const count of times.values()) expect(Math.abs(count - 266.7)).toBeLessThan(47);
    expect(times.size).toBe(63);
  });
});

describe('the largest possible ratio is named, and works when it is typed', () => {
  const fabric = [
    ...images('train', 'good', 224),
    ...images('test', 'good', 96),
    ...images('test', 'defect_002', 1),
    ...images('test', 'defect_006', 7),
    ...images('test', 'defect_019', 23),
    ...images('test', 'defect_023', 3),
    ...images('test', 'defect_030', 4),
  ];
  const hazelnut = [
    ...images('train', 'good', 50),
    ...images('test', 'good', 2),
    ...['crack', 'cut', 'hole', 'print'].flatMap((kind) => images('test', kind, 2)),
  ];
  test.each([
    ['bottle', bottle, 'normals', 0.301, 63],
    ['bottle', bottle, 'total', 0.231, 63],
    ['fabric-02', fabric, 'normals', 0.169, 38],
    ['fabric-02', fabric, 'total', 0.145, 38],
    ['hazelnut', hazelnut, 'normals', 0.16, 8],
    ['hazelnut', hazelnut, 'total', 0.137, 8],
  ] as const)('%s of %s %s: %f', (_, samples, of, largest, count) => {
    expect(() => run({ ratio: 0.5, of }, samples)).toThrow(new RegExp(`has ${count}; the largest possible ratio is ${largest}$`));
    expect(run({ ratio: largest, of }, samples).manifest).toMatchObject({ contaminants: count, largestRatio: largest });
  });

  test('16 parts of KolektorSDD, whose folds hold three or four: 0.142 each time', () => {
    for (let fold = 0; fold < 5; fold++) {
      const { samples, split } = splitSamples(kolektor(16), { fold, rng: createRng(0) });
      const parts = fold === 0 ? 12 : 13;
      expect(() => run({ ratio: 0.5, split }, samples)).toThrow(
        /the rest of the data set has 1[23]; the largest possible ratio is 0\.142$/,
      );
      expect(run({ ratio: 0.142, split }, samples).manifest).toMatchObject({ normals: 7 * parts, contaminants: parts });
    }
  });

  test.each([0, 0.1, 0.2, 0.3, 0.4, 0.5])('ratio %f of either base works with what there is, or with repetition', (ratio) => {
    for (const of of ['normals', 'total'] as const) {
      const asked = Math.round(209 * (of === 'total' ? ratio / (1 - ratio) : ratio));
      expect(run({ ratio, of, shortage: 'cap' }).manifest.contaminants).toBe(Math.min(63, asked));
      expect(run({ ratio, of, shortage: 'repeat' }).manifest.contaminants).toBe(asked);
    }
  });
});

describe('kinds', () => {
  const kindsOf = (options: Partial<ContaminateOptions>) =>
    new Set(run(options).samples.flatMap(({ contaminant, kind }) => (contaminant ? kind : [])));

  test('only those that are named are drawn from; the others stay', () => {
    const { samples, manifest } = run({ ratio: 0.1, kinds: ['broken_small'] });
    expect(manifest).toMatchObject({ available: 22, contaminants: 21 });
    expect(samples.filter(({ contaminant }) => contaminant).every(({ kind }) => kind === 'broken_small')).toBe(true);
    expect(sizes(samples)).toEqual({ train: 230, test: 62 });
  });

  test('a number draws so many; more kinds add to fewer', () => {
    for (let seed = 0; seed < 20; seed++) {
      const drawn = [1, 2, 3].map((kinds) => kindsOf({ ratio: 0.09, kinds, spread: 'kinds', rng: createRng(seed) }));
      expect(drawn.map(({ size }) => size)).toEqual([1, 2, 3]);
      expect([...drawn[0]!].every((kind) => drawn[1]!.has(kind))).toBe(true);
    }
    const first = Array.from({ length: 20 }, (_, seed) => [...kindsOf({ ratio: 0.09, kinds: 1, rng: createRng(seed) })][0]);
    expect(new Set(first).size).toBe(3);
  });

  test("spread over kinds takes as many of each, as long as there are; 'images' does not", () => {
    const rare = [
      ...images('train', 'good', 100),
      ...images('test', 'hole', 2),
      ...images('test', 'cut', 40),
      ...images('test', 'stain', 40),
    ];
    const counts = (options: Partial<ContaminateOptions>) => {
      const drawn = run(options, rare).samples.filter(({ contaminant }) => contaminant);
      return ['hole', 'cut', 'stain'].map((kind) => drawn.filter((sample) => sample.kind === kind).length);
    };
    expect(counts({ ratio: 0.06, spread: 'kinds' })).toEqual([2, 2, 2]);
    expect(counts({ ratio: 0.2, spread: 'kinds' })).toEqual([2, 9, 9]);
    expect(counts({ ratio: 0.06 })).not.toEqual([2, 2, 2]);
  });

  test('throws ConfigError for one that there is not, too many, none, and shortage within them', () => {
    expect(() => run({ kinds: ['crack'] })).toThrow(/kinds are \["crack"\]; the test set has broken_large, broken_small, contamination$/);
    expect(() => run({ kinds: [] })).toThrow(/kinds are \[\]; the test set has broken_large/);
    expect(() => run({ kinds: 4 })).toThrow(/kinds is 4, but the test set has 3 kinds of defect: broken_large/);
    expect(() => run({ kinds: 0.5 })).toThrow(/kinds is 0.5; it must be a whole number/);
    expect(() => run({ ratio: 0.2, kinds: ['broken_small'] })).toThrow(
      /but the test set has 22 of those to draw from \(63 in all\); the largest possible ratio is 0\.105$/,
    );
  });
});

describe('severity', () => {
  const graded = bottle.map((sample, i) => (sample.anomalous && i % 2 === 0 ? { ...sample, severity: i % 10 } : sample));
  const severities = (options: Partial<ContaminateOptions>) =>
    run({ shortage: 'cap', ratio: 1, ...options }, graded).samples.flatMap(({ contaminant, severity }) => (contaminant ? [severity] : []));

  test('bounds what is drawn, ends included; what is not graded is not drawn', () => {
    expect(new Set(severities({ severity: { least: 4 } }))).toEqual(new Set([4, 6, 8]));
    expect(new Set(severities({ severity: { most: 2 } }))).toEqual(new Set([0, 2]));
    expect(new Set(severities({ severity: { least: 2, most: 2 } }))).toEqual(new Set([2]));
    expect(new Set(severities({}))).toEqual(new Set([0, 2, 4, 6, 8, undefined]));
  });

  test('throws ConfigError where the set gives none, and for what is no number', () => {
    expect(() => run({ severity: { least: 1 } })).toThrow(/severity is \{"least":1\}, but the data set does not say how severe/);
    expect(() => run({ severity: { most: Number.NaN } }, graded)).toThrow(/severity.most is NaN; it must be a finite number/);
  });
});

describe('shortage', () => {
  test('repetitions are turned and shifted a little, called by number, and as often as others', () => {
    const { samples, manifest } = run({ ratio: 0.8, shortage: 'repeat', overlap: true });
    const repeated = samples.filter(({ variation }) => variation);
    expect(manifest.contaminants).toBe(167);
    expect(repeated).toHaveLength(167 - 63);
    expect(manifest.samples.filter(({ why }) => why === 'repeated').map(({ id, variation }) => ({ id, variation }))).toEqual(
      repeated.map(({ id, variation }) => ({ id, variation })),
    );
    for (const { variation } of repeated) {
      const { rotate, shift } = variation!;
      expect(Math.abs(rotate)).toBeLessThanOrEqual(3);
      for (const share of shift) expect(Math.abs(share)).toBeLessThanOrEqual(0.03);
    }
    const spread = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
    expect(spread(repeated.map(({ variation }) => variation!.rotate))).toBeGreaterThan(4);
    expect(spread(repeated.map(({ variation }) => variation!.shift[0]))).toBeGreaterThan(0.04);
    expect(spread(repeated.map(({ variation }) => variation!.shift[1]))).toBeGreaterThan(0.04);
    const uses = new Map<string, Sample[]>();
    for (const sample of samples) if (sample.contaminant) uses.set(sample.path, [...(uses.get(sample.path) ?? []), sample]);
    expect(new Set([...uses.values()].map(({ length }) => length))).toEqual(new Set([2, 3]));
    const [first, second, third] = [...uses.values()].find(({ length }) => length === 3)!;
    expect([second!.id, third!.id]).toEqual([`${first!.id}~2`, `${first!.id}~3`]);
    expect(new Set(samples.filter(({ split }) => split === 'train').map(({ id }) => id)).size).toBe(209 + 167);
  });

  test('an id that is taken is passed over', () => {
    const taken = [
      ...images('train', 'good', 4),
      ...images('test', 'cut', 1),
      { ...images('train', 'good', 1)[0]!, id: 'cut/000~2', path: 'x.png' },
    ];
    const { samples } = run({ ratio: 0.4, shortage: 'repeat' }, taken);
    expect(samples.filter(({ contaminant }) => contaminant).map(({ id }) => id)).toEqual(['cut/000', 'cut/000~3']);
  });

  test('where there is nothing, nothing can be repeated', () => {
    expect(() => run({ ratio: 0.5, shortage: 'repeat' }, images('train', 'good', 4))).toThrow(/has 0; the largest possible ratio is 0$/);
    expect(run({ ratio: 0.5, shortage: 'cap' }, images('train', 'good', 4)).manifest.contaminants).toBe(0);
  });

  test('more repetitions add to fewer', () => {
    const few = run({ ratio: 0.5, shortage: 'repeat' }).samples.filter(({ contaminant }) => contaminant);
    const many = run({ ratio: 0.7, shortage: 'repeat' }).samples;
    expect(many).toEqual(expect.arrayContaining(few));
  });
});

describe('a data set with defects in its training half', () => {
  const dirty = [...images('train', 'good', 20), ...images('train', 'cut', 6), ...images('test', 'hole', 9), ...images('test', 'good', 5)];

  test("'natural' leaves it as it is, and marks them", () => {
    const { samples, manifest } = run({ ratio: 'natural' }, dirty);
    expect(samples).toEqual(dirty.map((sample) => (sample.path.startsWith('train/cut') ? { ...sample, contaminant: true } : sample)));
    expect(manifest).toMatchObject({ normals: 20, available: 6, contaminants: 6, largestRatio: 0.3, protocol: { ratio: 'natural' } });
    expect(run({ ratio: 'natural' }).samples).toEqual(bottle);
  });

  test('a number draws from them; the others are left out, and the tests stay', () => {
    const { samples, manifest } = run({ ratio: 0.1 }, dirty);
    expect(sizes(samples)).toEqual({ train: 22, test: 14 });
    expect(samples.filter(({ contaminant }) => contaminant).every(({ kind }) => kind === 'cut')).toBe(true);
    expect(leftOutIn(manifest)).toHaveLength(4);
    expect(leftOutIn(manifest)[0]![1]).toBe('left out: a defect that was not drawn');
    expect(manifest.samples.find(({ split }) => split === null)).toMatchObject({ was: 'train' });
    expect(run({ ratio: 0.3 }, dirty).samples).toEqual(run({ ratio: 'natural' }, dirty).samples);
    expect(() => run({ ratio: 0.5 }, dirty)).toThrow(/but the training set has 6; the largest possible ratio is 0\.3$/);
  });
});

describe('groups', () => {
  const parts = [
    ...images('train', 'good', 10),
    ...images('test', 'cut', 6).map((sample, i) => ({ ...sample, group: `part ${i % 3}` })),
    ...images('test', 'good', 6).map((sample, i) => ({ ...sample, group: `part ${i % 3}` })),
    ...images('test', 'hole', 1),
  ];

  test('what shares a group with a contaminant leaves the tests, too', () => {
    for (let seed = 0; seed < 10; seed++) {
      const { samples, manifest } = run({ ratio: 0.2, rng: createRng(seed) }, parts);
      const inTraining = new Set(samples.flatMap(({ split, group }) => (split === 'train' && group ? group : [])));
      expect(samples.some(({ split, group }) => split === 'test' && group && inTraining.has(group))).toBe(false);
      const reasons = leftOutIn(manifest).map(([, why]) => why);
      expect(new Set(reasons)).toEqual(new Set([...inTraining].map((group) => `left out: shares group ${group} with a contaminant`)));
      const paths = new Set(manifest.samples.map(({ path }) => path));
      expect(paths.size).toBe(parts.length);
    }
  });

  test('with overlap they stay', () => {
    expect(leftOutIn(run({ ratio: 0.2, overlap: true }, parts).manifest)).toEqual([]);
  });

  test('defects of the groups that are trained on are drawn before those of the tests', () => {
    const { samples, split } = splitSamples(kolektor(10), { rng: createRng(3) });
    const { samples: out, manifest } = run({ ratio: 0.1, split }, samples);
    expect(manifest).toMatchObject({ normals: 56, available: 8, contaminants: 6 });
    expect(sizes(out)).toEqual({ train: 62, test: 16 });
    expect(leftOutIn(manifest)).toHaveLength(2);
    expect(leftOutIn(manifest)[0]![1]).toBe('left out: a defect in a group that is trained on');
    expect(manifest.samples.find(({ why }) => why === 'contaminant')).toMatchObject({ was: null, split: 'train' });
    expect(run({ ratio: 'natural', split }, samples).manifest).toMatchObject({ contaminants: 8, protocol: { ratio: 'natural' } });
  });
});

describe('label noise', () => {
  test('the share of the defects that is taken for normal comes in, that of the normals taken for defective is lost', () => {
    const { samples, manifest } = run({ ratio: 0, labelNoise: 0.1 });
    expect(manifest).toMatchObject({ contaminants: 6, normals: 188, available: 63, protocol: { labelNoise: 0.1, ratio: 0 } }); // 6.3, 209 - 20.9
    expect(sizes(samples)).toEqual({ train: 194, test: 77 });
    expect(leftOutIn(manifest)).toHaveLength(21);
    expect(leftOutIn(manifest)[0]![1]).toBe('left out: a normal image taken for a defective one');
  });

  test('more noise adds to less', () => {
    const lost = (labelNoise: number) => new Set(leftOutIn(run({ ratio: 0, labelNoise }).manifest).map(([path]) => path));
    expect([...lost(0.1)].every((path) => lost(0.3).has(path))).toBe(true);
    expect(lost(0.3).size).toBe(63);
  });

  test('takes the place of a ratio, and is a share', () => {
    expect(() => run({ ratio: 0.1, labelNoise: 0.1 })).toThrow(/labelNoise 0.1 takes the place of a ratio, which is 0.1/);
    expect(() => run({ ratio: 'natural', labelNoise: 0.1 })).toThrow(/which is natural/);
    expect(() => run({ ratio: 0, labelNoise: 1 })).toThrow(/labelNoise is 1; it must be at least 0 and below 1/);
  });
});

test('every defective image in training is marked, and no other', () => {
  for (const options of [
    { ratio: 0.2 },
    { ratio: 0.2, overlap: true },
    { ratio: 0.5, shortage: 'repeat' },
    { ratio: 0, labelNoise: 0.2 },
  ] as const) {
    for (const { split, anomalous, contaminant } of run(options).samples) {
      expect(contaminant === true).toBe(split === 'train' && anomalous === true);
    }
  }
});

test('images of which the data set does not say what they are for are left out, with the reason', () => {
  const { manifest } = run({ ratio: 0 }, [...images('train', 'good', 2), { id: 'a', path: 'a.png', kind: 'a' }]);
  expect(leftOutIn(manifest)).toEqual([['a.png', 'left out: the data set does not say whether it is for training or for tests']]);
});

test('the manifest repeats the seed it was given, and null without', () => {
  expect(run({ seed: 7 }).manifest.seed).toBe(7);
  expect(run().manifest.seed).toBeNull();
});

describe('throws ConfigError', () => {
  test('for more than there is, saying how many exist and what would work', () => {
    expect(() => run({ ratio: 0.4 })).toThrow(ConfigError);
    expect(() => run({ ratio: 0.4 })).toThrow(
      /asks for 84 defective images beside 209 normals, but the test set has 63; .* ratio is 0\.301/,
    );
    expect(run({ ratio: 0.301 }).manifest.contaminants).toBe(63);
    expect(() => run({ ratio: 0.3, of: 'total' })).toThrow(/asks for 90 .* ratio is 0\.231/);
    expect(run({ ratio: 0.231, of: 'total' }).manifest.contaminants).toBe(63);
  });

  test.each([-0.1, Number.NaN, Number.POSITIVE_INFINITY])('for ratio %f', (ratio) => {
    expect(() => run({ ratio })).toThrow(/contaminate: ratio is/);
  });

  test('for the whole of the total', () => {
    expect(() => run({ ratio: 1, of: 'total' })).toThrow(/at least 0 and below 1/);
  });
});
