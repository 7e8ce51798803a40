import { createHash } from 'node:crypto';
import { createRng, FormatError } from '@rddpm/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyManifest,
  type ContaminateOptions,
  type ContaminationManifest,
  contaminate,
  formatManifest,
  leaveOut,
  leftTestHalf,
  parseManifest,
  type Sample,
  splitSamples,
  withHashes,
} from '../src/index.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** As if each file held its path. */
const byPath = async (path: string) => sha256(path);

const images = (split: 'train' | 'test', kind: string, count: number): Sample[] =>
  Array.from({ length: count }, (_, i) => {
    const id = `${kind}/${String(i).padStart(3, '0')}`;
    return { id, path: `${split}/${id}.png`, split, anomalous: kind !== 'good', kind };
  });
const small = [...images('train', 'good', 10), ...images('test', 'cut', 3), ...images('test', 'good', 2)];
const written = async (samples: readonly Sample[], options: Partial<ContaminateOptions> = {}) => {
  const made = contaminate(samples, { ratio: 0.2, rng: createRng(0), ...options });
  const text = formatManifest(await withHashes(made.manifest, byPath));
  return { ...made, text, read: parseManifest(text, 'contamination.json') as ContaminationManifest };
};

test('names every use of every file, and says why', async () => {
  const { text } = await written(small, { seed: 7, dataset: 'plate', layout: 'mvtec' });
  const lines = text.split('\n');
  expect(JSON.parse(text)).toMatchObject({
    version: 2,
    dataset: 'plate',
    layout: 'mvtec',
    seed: 7,
    protocol: {
      ratio: 0.2,
      of: 'normals',
      overlap: false,
      kinds: null,
      spread: 'images',
      severity: null,
      shortage: 'error',
      labelNoise: 0,
      split: null,
    },
    normals: 10,
    available: 3,
    contaminants: 2,
    largestRatio: 0.3,
  });
  expect(lines.filter((line) => line.startsWith('    {"id"'))).toHaveLength(15); // one line for each
  expect(lines.filter((line) => line.includes('"contaminant"'))).toEqual([
    `    {"id":"cut/000","path":"test/cut/000.png","sha256":"${sha256('test/cut/000.png')}","kind":"cut","anomalous":true,"split":"train","was":"test","why":"contaminant"},`,
    `    {"id":"cut/002","path":"test/cut/002.png","sha256":"${sha256('test/cut/002.png')}","kind":"cut","anomalous":true,"split":"train","was":"test","why":"contaminant"}`,
  ]);
});

describe('a manifest builds the identical set', () => {
  const sample = fc.record(
    {
      kind: fc.constantFrom('good', 'cut', 'hole', 'stain'),
      split: fc.constantFrom('train', 'test', 'validation'),
      known: fc.boolean(),
      group: fc.constantFrom('a', 'b', 'c'),
      severity: fc.integer({ min: 0, max: 9 }),
    },
    { requiredKeys: ['kind', 'split', 'known'] },
  );
  const sets = fc.record({ drawn: fc.array(sample, { maxLength: 40 }), splits: fc.boolean(), folds: fc.integer({ min: 2, max: 3 }) });
  const options = fc.record(
    {
      ratio: fc.oneof(fc.double({ min: 0, max: 0.9, noNaN: true }), fc.constant('natural' as const)),
      of: fc.constantFrom('normals', 'total'),
      overlap: fc.boolean(),
      spread: fc.constantFrom('images', 'kinds'),
      shortage: fc.constantFrom('cap', 'repeat'),
      kinds: fc.constantFrom(1, 2, ['cut'], ['hole', 'stain']),
      severity: fc.record({ least: fc.integer({ min: 0, max: 5 }), most: fc.integer({ min: 3, max: 9 }) }, { requiredKeys: [] }),
    },
    { requiredKeys: ['ratio'] },
  );

  test('for any set and options, through the file', async () => {
    let built = 0;
    await fc.assert(
      fc.asyncProperty(sets, options, fc.nat(), async ({ drawn, splits, folds }, asked, seed) => {
        const raw = drawn.map(({ split, known, ...rest }, i): Sample => {
          const id = `${rest.kind}/${i}`;
          return {
            id,
            path: `${split}/${id}.png`,
            ...rest,
            ...(splits ? { split } : {}),
            ...(known ? { anomalous: rest.kind !== 'good' } : {}),
          };
        });
        const make = () => {
          const { samples, split } = splitSamples(raw, { folds, rng: createRng(seed).fork('folds') });
          return contaminate(samples, { ...asked, split, seed, rng: createRng(seed) });
        };
        let made: ReturnType<typeof make>;
        try {
          made = make();
        } catch {
          return; // this set can't give that
        }
        built++;
        const text = formatManifest(await withHashes(made.manifest, byPath));
        const read = parseManifest(text, 'manifest') as ContaminationManifest;
        expect(await applyManifest(read, raw, byPath)).toStrictEqual({ samples: made.samples, unlisted: [] });
        // by hand: the counts are those of the entries
        const training = made.samples.filter(({ split }) => split === 'train');
        expect(read.contaminants).toBe(training.filter(({ contaminant }) => contaminant).length);
        expect(read.normals).toBe(training.filter(({ anomalous }) => !anomalous).length);
        expect(new Set(read.samples.map(({ path }) => path))).toEqual(new Set(raw.map(({ path }) => path)));
      }),
      { numRuns: 300 },
    );
    expect(built).toBeGreaterThan(50);
  });

  test('of a copy with other names, in another order, with more files, by content', async () => {
    const { samples, read } = await written(small, { ratio: 0.5, shortage: 'repeat' });
    const moved = (path: string) => `copy/${path.replaceAll('/', '-')}`;
    const back = (path: string) => path.replace('copy/', '').replaceAll('-', '/');
    const copy = small.map(({ path, kind }): Sample => ({ id: `x/${path}`, path: moved(path), kind: `unsorted ${kind}` })).reverse();
    const more = { id: 'x/new', path: 'copy/new.png', kind: 'x' };
    const applied = await applyManifest(read, [more, ...copy], (path) => byPath(back(path)));
    expect(applied.unlisted).toEqual(['copy/new.png']);
    expect(applied.samples.map(({ path }) => back(path))).toEqual(samples.map(({ path }) => path));
    const labels = ({ split, anomalous, kind, contaminant, variation }: Sample) => ({ split, anomalous, kind, contaminant, variation });
    expect(applied.samples.map(labels)).toEqual(samples.map(labels));
    expect(applied.samples.at(-1)!.id).toBe(`x/${samples.at(-1)!.path}~2`);
  });

  test('of a set that was contaminated before', async () => {
    const { samples: before } = contaminate(small, { ratio: 0.5, shortage: 'repeat', rng: createRng(0) });
    const { samples, read } = await written(before, { ratio: 'natural' });
    expect((await applyManifest(read, small, byPath)).samples).toStrictEqual(samples);
  });

  test('files of one content are told apart by their paths', async () => {
    const twice = async (path: string) => sha256(path.includes('good/000') ? 'the same' : path);
    const { manifest, samples } = contaminate(small, { rng: createRng(0) });
    const applied = await applyManifest(await withHashes(manifest, twice), small.toReversed(), twice);
    expect(applied.samples).toStrictEqual(samples);
  });

  test('without hashes, by path alone; both Unicode forms of a name are one', async () => {
    const named = (form: 'NFC' | 'NFD') => [{ ...small[0]!, path: `train/good/Käse.png`.normalize(form) }, ...small.slice(1)];
    const { manifest } = contaminate(named('NFC'), { rng: createRng(0) });
    const applied = await applyManifest(manifest, named('NFD'), () => Promise.reject(new Error('nothing to compare')));
    expect(applied.samples).toHaveLength(15);
    expect(applied.samples[0]!.path).toBe('train/good/Käse.png'.normalize('NFD'));
  });
});

describe('throws FormatError', () => {
  test('naming all files that are missing, and all that have changed', async () => {
    const { read } = await written(small);
    const hashOf = async (path: string) => sha256(path === 'test/good/001.png' ? 'edited' : path);
    const there = small.filter(({ path }) => path !== 'train/good/003.png' && path !== 'test/cut/000.png');
    const applied = applyManifest(read, there, hashOf);
    await expect(applied).rejects.toThrow(FormatError);
    await expect(applied).rejects.toThrow(
      /^3 of the files .*:\n {2}train\/good\/003\.png is missing\n {2}test\/good\/001\.png has changed\n {2}test\/cut\/000\.png is missing$/,
    );
  });

  test('where two images of one split would have one name', async () => {
    const { read } = await written(small);
    const clash = small.map((sample) => ({ ...sample, id: sample.kind }));
    await expect(applyManifest(read, clash, byPath)).rejects.toThrow(
      /train\/good\/000\.png and train\/good\/001\.png are both called train\/good/,
    );
  });

  test.each([
    ['no JSON', '{', /contamination\.json is not JSON/],
    ['another version', '{"version":3}', /contamination\.json is a manifest of version 3; this release reads 2/],
    ['a field of another kind', '', /normals/],
    ['a split that there is not', '', /samples\[0\]\.split/],
  ])('for %s', async (what, given, message) => {
    const { manifest } = contaminate(small, { rng: createRng(0) });
    const [first, ...rest] = manifest.samples;
    const wrong = what.startsWith('a field')
      ? { ...manifest, normals: 'ten' }
      : { ...manifest, samples: [{ ...first, split: 'trian' }, ...rest] };
    expect(() => parseManifest(given || JSON.stringify(wrong), 'contamination.json')).toThrow(message);
    expect(() => parseManifest(given || JSON.stringify(wrong), 'contamination.json')).toThrow(FormatError);
  });
});

describe('images that have left the test half', () => {
  test('are the contaminants, and what shares their group; with overlap there are none', async () => {
    const grouped = small.map((sample) => (sample.split === 'test' ? { ...sample, group: `part ${sample.id.at(-1)}` } : sample));
    const { read } = await written(grouped, { ratio: 0.1 });
    const [contaminant] = read.samples.filter(({ why }) => why === 'contaminant');
    const gone = grouped.filter(({ group }) => group === contaminant!.group).map(({ path }) => path);
    expect([...leftTestHalf(read)].sort()).toEqual(gone.map((path) => [path, sha256(path)]).sort());
    expect(leftTestHalf((await written(grouped, { overlap: true })).read).size).toBe(0);
  });

  test('are read from manifests of before, which had no version', () => {
    const before = {
      seed: 0,
      ratio: 0.1,
      of: 'normals',
      overlap: false,
      normals: 10,
      contaminants: ['test/cut/000.png'],
      available: 3,
      broken: [],
    };
    const parsed = parseManifest(JSON.stringify({ ...before, sha256: { 'test/cut/000.png': 'abc' } }), 'old.json');
    expect(parsed).toEqual({ version: 1, overlap: false, contaminants: ['test/cut/000.png'], sha256: { 'test/cut/000.png': 'abc' } });
    expect([...leftTestHalf(parsed)]).toEqual([['test/cut/000.png', 'abc']]);
    expect(leftTestHalf({ ...parsed, overlap: true } as typeof parsed).size).toBe(0);
    expect(() => parseManifest('{"overlap":false}', 'old.json')).toThrow(/old\.json[\s\S]*contaminants/);
  });
});

test('what turns out to be of no use is left out, and no longer counted', async () => {
  const { samples, read } = await written(small, { overlap: true });
  const useless = [samples[2]!, samples.find(({ contaminant }) => contaminant)!];
  const less = leaveOut(read, useless, 'does not decode');
  expect(less).toMatchObject({ normals: 9, contaminants: 1 });
  expect(less.samples.slice(-2).map(({ path, split, was, why }) => ({ path, split, was, why }))).toEqual(
    useless.map(({ path }) => ({ path, split: null, was: 'train', why: 'left out: does not decode' })),
  );
  const applied = await applyManifest(less, small, byPath);
  expect(applied.samples).toStrictEqual(samples.filter((sample) => !useless.includes(sample)));
});

test('each file is hashed once, however often it is used', async () => {
  const asked: string[] = [];
  const { manifest } = contaminate(small, { ratio: 0.6, shortage: 'repeat', overlap: true, rng: createRng(0) });
  const hashed = await withHashes(manifest, async (path) => {
    asked.push(path);
    return sha256(path);
  });
  expect(asked.sort()).toEqual(small.map(({ path }) => path).sort());
  expect(hashed.samples.every(({ path, sha256: hash }) => hash === sha256(path))).toBe(true);
});
