import { ConfigError, createRng } from '@rddpm/core';
import { expect, test } from 'vitest';
import { type Augmentation, assertAugments, augmenter } from '../src/augmentation.ts';

/** Of two channels, the second the first's negative. */
const twoChannels = (rows: readonly (readonly number[])[]) => rows.flat().flatMap((value) => [value, -value]);

/** The ways in which many draws show one image, and how often. */
function ways(names: readonly Augmentation[], rows: readonly (readonly number[])[], draws = 400): Map<string, number> {
  const image = twoChannels(rows);
  const show = augmenter(names, [rows.length, rows[0]!.length, 2]);
  const shown = show(
    Float32Array.from({ length: draws * image.length }, (_, at) => image[at % image.length]!),
    createRng(0),
  );
  const counts = new Map<string, number>();
  for (let at = 0; at < shown.length; at += image.length) {
    const key = `${shown.subarray(at, at + image.length)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const oblong = [
  [1, 2, 3],
  [4, 5, 6],
];
const square = [
  [1, 2],
  [3, 4],
];

test.each<[Augmentation, readonly (readonly number[])[], number[][][]]>([
  [
    'flip',
    oblong,
    [
      oblong,
      [
        [3, 2, 1],
        [6, 5, 4],
      ],
    ],
  ],
  [
    'flip-vertical',
    oblong,
    [
      oblong,
      [
        [4, 5, 6],
        [1, 2, 3],
      ],
    ],
  ],
  [
    'quarter-turns',
    square,
    [
      square,
      [
        [2, 4],
        [1, 3],
      ],
      [
        [4, 3],
        [2, 1],
      ],
      [
        [3, 1],
        [4, 2],
      ],
    ],
  ],
])('%s shows these, equally often, whole pixels each', (name, image, expected) => {
  const shown = ways([name], image);
  expect([...shown.keys()].sort()).toEqual(expected.map((rows) => `${twoChannels(rows)}`).sort());
  for (const count of shown.values()) expect(count).toBeGreaterThan((0.8 * 400) / expected.length);
});

test('together they show a square in all of its eight ways', () => {
  expect(ways(['flip', 'quarter-turns'], square).size).toBe(8);
});

test('what a name draws depends neither on the others nor on their order; the images that came stay as they are', () => {
  const images = Float32Array.from({ length: 60 }, (_, at) => at);
  const show = (...names: Augmentation[]) => [...augmenter(names, [2, 3, 1])(images, createRng(3))];
  const [flipped, both] = [show('flip'), show('flip', 'flip-vertical')];
  expect(show('flip-vertical', 'flip')).toEqual(both);
  for (let at = 0; at < 60; at += 6) {
    const [top, bottom, image] = [flipped.slice(at, at + 3), flipped.slice(at + 3, at + 6), `${both.slice(at, at + 6)}`];
    expect([`${[...top, ...bottom]}`, `${[...bottom, ...top]}`]).toContain(image);
  }
  expect([...images]).toEqual(Array.from({ length: 60 }, (_, at) => at));
});

test('refuses names that there are not, and quarter turns of what is no square', () => {
  const check = (names: string[]) => () => assertAugments('train: augment', names as Augmentation[], [4, 6]);
  expect(check(['flip', 'flip-vertical'])).not.toThrow();
  expect(check(['flip', 'spin'])).toThrow("train: augment is 'spin'; it must be one of flip, flip-vertical, quarter-turns");
  expect(check(['quarter-turns'])).toThrow(ConfigError);
  expect(check(['quarter-turns'])).toThrow(
    'train: augment holds quarter-turns, but images are 6x4 (width x height); only squares can be turned',
  );
});
