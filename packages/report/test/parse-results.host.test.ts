import { FormatError } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { parseResults, type Results } from '../src/index.ts';
import { method, reference, results, scores, threeMethods, withoutReconstruction } from './example-results.ts';

const own = scores([0.8614, 0.389, 0.7, 0.3, 0.41], [0.9, 0.95]);
const read = (value: unknown) => parseResults(JSON.stringify(value), 'results.json');

describe('version 2', () => {
  test('comes back as it was written', () => {
    const methods = [
      method('a', own, {
        facts: { backbone: 'resnet18', layers: [1, 2], deep: { er: null } },
        curves: [
          {
            name: 'loss',
            x: 'step',
            points: [
              [1, 0.5],
              [2, null],
            ],
          },
        ],
        defects: [{ name: 'hole', seenInTraining: true, count: 3, ...own }],
      }),
      withoutReconstruction(reference('b', own)),
    ];
    const cells = [{ method: 'a', contamination: 0.2, seed: 0, ...own }];
    for (const value of [threeMethods(), results(methods, { cells })]) expect(read(value)).toEqual(value);
  });

  test('a metric that the file is too old for is null; one that every file has may not be missing', () => {
    const { methods, ...rest } = threeMethods();
    const without = (name: 'auPimo' | 'auroc') => {
      const { [name]: _, ...pixel } = own.pixel;
      return { ...rest, methods: [{ ...methods[0], pixel }] };
    };
    expect(read(without('auPimo')).methods[0]!.pixel).toEqual({ ...own.pixel, auPimo: null });
    expect(errorOf(without('auroc')).message).toContain('methods[0].pixel.auroc');
  });

  test('a protocol may hold whatever else was set', () => {
    const { protocol, ...rest } = threeMethods();
    const images = { train: 4, contaminants: 1, testGood: 2, testDefective: 2 };
    const more = { ...protocol, seed: [0, 1], contamination: [0, 0.2], images, training: { steps: 4000 } };
    expect(read({ ...rest, protocol: more }).protocol).toEqual(more);
  });

  test('names every field that is wrong, missing or unknown', () => {
    const { cells: _, ...value } = threeMethods();
    const [first] = value.methods;
    const broken = { ...first, pixel: { ...first!.pixel, auroc: '0.9' }, role: 'baseline', steps: 3 };
    const error = errorOf({ ...value, methods: [broken], protocol: { ...value.protocol, size: 64 } });
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(/^results\.json is not what it should be:/);
    for (const place of ['methods[0].pixel.auroc', 'methods[0].role', '"steps"', 'protocol.size', 'at cells'])
      expect(error.message).toContain(place);
  });
});

describe('a file without a version', () => {
  test('is converted: what it said of the training becomes facts, its references become such, its size both sides', () => {
    expect(read(unversioned())).toEqual(
      results(
        [
          method('rddpm-concentrated', own, {
            facts: { loss: { name: 'huber', delta: 0.2 }, selection: { name: 'concentrated' }, steps: 400 },
            defects: [{ name: 'hole', seenInTraining: false, count: 3, ...own }],
          }),
          reference('mean-image', own),
        ],
        { cells: [{ method: 'mean-image', contamination: 0.2, seed: 0, ...own }] },
      ),
    );
  });

  test('leaves out the time of a run that reported none', () => {
    const { methods, ...rest } = unversioned();
    const [trained] = methods;
    expect(read({ ...rest, methods: [{ ...trained, timing: { secondsPerStep: null, imagesPerSecond: 4 } }] }).methods[0]!.timing).toEqual({
      imagesPerSecond: 4,
    });
  });

  test('names its own wrong fields', () => {
    const { methods, ...rest } = unversioned();
    const { message } = errorOf({
      ...rest,
      methods: [
        { ...methods[0], steps: 'many' },
        { ...methods[1], kind: 'trained' },
      ],
    });
    for (const place of ['methods[0].steps', 'methods[1].loss', 'methods[1].timing']) expect(message).toContain(place);
  });
});

test('another version is an error, and so is what is no JSON', () => {
  expect(errorOf({ ...threeMethods(), version: 3 }).message).toBe(
    'results.json is not what it should be:\n✖ Invalid input: expected 2\n  → at version',
  );
  expect(() => parseResults('{', 'x/results.json')).toThrow(new FormatError('x/results.json is not JSON'));
});

/** As written before there were versions, by hand. */
function unversioned() {
  const { version: _, protocol, environment, dataset } = results([]);
  return {
    dataset,
    protocol: { ...protocol, size: 64 },
    methods: [
      {
        kind: 'trained',
        name: 'rddpm-concentrated',
        loss: { name: 'huber', delta: 0.2 },
        selection: { name: 'concentrated' },
        steps: 400,
        timing: { secondsPerStep: 0.25, imagesPerSecond: 4 },
        defects: [{ name: 'hole', seenInTraining: false, count: 3, ...own }],
        ...own,
      },
      { kind: 'baseline', name: 'mean-image', loss: null, defects: [], ...own },
    ],
    cells: [{ method: 'mean-image', contamination: 0.2, seed: 0, ...own }],
    environment,
  };
}

function errorOf(value: unknown): Error {
  try {
    const _: Results = read(value);
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was read');
}
