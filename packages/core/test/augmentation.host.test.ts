import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUGMENTATION_LIMITS, AUGMENTATIONS, type Augmentation, assertAugments, augmenter, warp } from '../src/augmentation.ts';
import { ConfigError, createRng, ShapeError } from '../src/index.ts';

/** Of two channels, the second the first's negative. */
const twoChannels = (rows: readonly (readonly number[])[]) => rows.flat().flatMap((value) => [value, -value]);

/** The ways in which many draws show one image, and how often. */
function ways(names: readonly Augmentation[], rows: readonly (readonly number[])[], draws = 400): Map<string, number> {
  const image = twoChannels(rows);
  const show = augmenter(names, [rows.length, rows[0]!.length, 2]);
  const { images: shown } = show(
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
  const show = (...names: Augmentation[]) => [...augmenter(names, [2, 3, 1])(images, createRng(3)).images];
  const [flipped, both] = [show('flip'), show('flip', 'flip-vertical')];
  expect(show('flip-vertical', 'flip')).toEqual(both);
  for (let at = 0; at < 60; at += 6) {
    const [top, bottom, image] = [flipped.slice(at, at + 3), flipped.slice(at + 3, at + 6), `${both.slice(at, at + 6)}`];
    expect([`${[...top, ...bottom]}`, `${[...bottom, ...top]}`]).toContain(image);
  }
  expect([...images]).toEqual(Array.from({ length: 60 }, (_, at) => at));
});

test('mirrored and turned images are bit for bit what earlier versions drew', () => {
  // made by the trainer's augmenter at commit 8deab21, before it came here
  const images = Float32Array.from({ length: 54 }, (_, at) => at);
  const rng = createRng('golden');
  expect([...augmenter(['flip', 'flip-vertical', 'quarter-turns'], [3, 3, 1])(images, rng).images].join()).toBe(
    '6,7,8,3,4,5,0,1,2,15,12,9,16,13,10,17,14,11,20,19,18,23,22,21,26,25,24,33,34,35,30,31,32,27,28,29,44,43,42,41,40,39,38,37,36,47,46,45,50,49,48,53,52,51',
  );
  expect([...augmenter(['flip', 'flip-vertical'], [2, 3, 1])(images.slice(0, 36), rng).images].join()).toBe(
    '2,1,0,5,4,3,6,7,8,9,10,11,14,13,12,17,16,15,21,22,23,18,19,20,24,25,26,27,28,29,33,34,35,30,31,32',
  );
});

/** Values in [0, 1], in no order. */
const scattered = (n: number) => Float32Array.from({ length: n }, (_, at) => ((at * at) % 17) / 16);

test('a warp is what scipy makes of it', () => {
  // scipy 1.17.1: affine_transform(channel, m, offset, order, mode='nearest', prefilter=False) with m = [[cos, sin], [-sin, cos]] on (row, column),
  // offset = centre - m @ (centre + shift in pixels), centre = ((h - 1) / 2, (w - 1) / 2)
  const bilinear = warp(scattered(40), [4, 5, 2], { rotate: 10, shift: [0.05, -0.1] }, 'bilinear');
  const expected = [
    0.024378, 0.064125, 0.295404, 0.626855, 0.809454, 0.424288, 0.137964, 0.42041, 0.255615, 0.394738, 0.933446, 0.134459, 0.578691,
    0.720624, 0.651757, 0.505263, 0.53467, 0.510867, 0.232301, 0.487259, 0.564143, 0.996166, 0.526959, 0.428719, 0.534817, 0.373493,
    0.493234, 0.61067, 0.597049, 0.577341, 0.991437, 0.571063, 0.670706, 0.342971, 0.144033, 0.0625, 0.102169, 0.266837, 0.545112, 0.537907,
  ];
  for (const [at, value] of bilinear.entries()) expect(value).toBeCloseTo(expected[at]!, 5); // they have six digits
  const first = Uint8Array.from({ length: 20 }, (_, at) => 16 * scattered(40)[2 * at]!);
  const nearest = [0, 4, 16, 2, 13, 0, 4, 4, 9, 1, 0, 15, 8, 15, 13, 15, 9, 8, 15, 0];
  expect([...warp(first, [4, 5, 1], { rotate: 25, shift: [0.2, 0.1] }, 'nearest')]).toEqual(nearest);
});

test('a warp turns counter-clockwise, moves right and down, and goes on with the edge', () => {
  const corner = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
  const warped = (rotate: number, shift: [number, number]) => [...warp(corner, [3, 3, 1], { rotate, shift }, 'nearest')];
  expect(warped(0, [0, 0])).toEqual([...corner]);
  expect(warped(90, [0, 0])).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
  expect(warped(0, [1 / 3, 0])).toEqual([1, 1, 2, 4, 4, 5, 7, 7, 8]);
  expect(warped(0, [0, 2 / 3])).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
  expect(() => warp(corner, [3, 4, 1], { rotate: 0, shift: [0, 0] }, 'nearest')).toThrow(
    new ShapeError('warp: image has 9 values; it must be [3,4,1]'),
  );
});

test('rotation and shift are one warp, drawn within their limits, each as if it were alone', () => {
  const [h, w, n] = [6, 8, 50];
  const images = Float32Array.from({ length: n * h * w }, (_, at) => scattered(h * w)[at % (h * w)]!);
  const rng = createRng('warp');
  const draws = (name: 'rotate' | 'shift', count: number) => {
    const own = rng.fork(name);
    return Array.from({ length: count }, () => (2 * own.uniform() - 1) * AUGMENTATION_LIMITS[name]);
  };
  const [angles, shifts] = [draws('rotate', n), draws('shift', 2 * n)];
  expect([Math.min(...angles) < -9, Math.max(...angles) > 9, Math.min(...shifts) < -0.045, Math.max(...shifts) > 0.045]).not.toContain(
    false,
  );
  const shown = (...names: Augmentation[]) => augmenter(names, [h, w, 1])(images, rng).images;
  const expected = (rotates: boolean, moves: boolean) =>
    Float32Array.from(
      angles.flatMap((angle, i) => {
        const shift = moves ? ([shifts[2 * i]!, shifts[2 * i + 1]!] as const) : ([0, 0] as const);
        return [...warp(images.subarray(i * h * w, (i + 1) * h * w), [h, w, 1], { rotate: rotates ? angle : 0, shift }, 'bilinear')];
      }),
    );
  expect(shown('rotate')).toEqual(expected(true, false));
  expect(shown('shift')).toEqual(expected(false, true));
  expect(shown('shift', 'rotate')).toEqual(expected(true, true));
});

test('brightness is a factor within its limit, cut off at black and white, wherever these lie', () => {
  const images = Float32Array.from({ length: 100 }, (_, at) => (at % 2 ? 0.5 : 0.95));
  const { images: shown } = augmenter(['brightness'], [1, 2, 1])(images, createRng(0));
  const factors = Array.from({ length: 50 }, (_, i) => shown[2 * i + 1]! / 0.5);
  expect([Math.min(...factors) < 0.92, Math.max(...factors) > 1.08]).toEqual([true, true]);
  for (const [i, factor] of factors.entries()) {
    expect(Math.abs(factor - 1)).toBeLessThanOrEqual(AUGMENTATION_LIMITS.brightness);
    expect(shown[2 * i]).toBeCloseTo(Math.min(1, 0.95 * factor), 6);
  }
  const signed = augmenter(['brightness'], [1, 2, 1], { black: -1, white: 1 })(
    images.map((value) => 2 * value - 1),
    createRng(0),
  );
  for (const [at, value] of signed.images.entries()) expect(value).toBeCloseTo(2 * shown[at]! - 1, 6);
});

test('masks go where their images go, whatever is named, and keep their values', () => {
  // a bright block on black: after any of it, bilinear pixels above one half are those that the nearest one marks
  const cases = fc.record({ names: fc.subarray([...AUGMENTATIONS]), seed: fc.integer(), y: fc.nat(6), x: fc.nat(6) });
  fc.assert(
    fc.property(cases, ({ names, seed, y, x }) => {
      const masks = new Uint8Array(200);
      for (let row = y; row < y + 4; row++) masks.fill(1, 100 + row * 10 + x, 100 + row * 10 + x + 4);
      const images = Float32Array.from({ length: 400 }, (_, at) => 0.9 * masks[Math.floor(at / 2)]!);
      const before = masks.slice();
      const shown = augmenter(names, [10, 10, 2])(images, createRng(seed), masks);
      expect(masks).toEqual(before);
      expect([...new Set(shown.masks)].sort()).toEqual([0, 1]);
      let different = 0;
      for (let at = 0; at < 200; at++) if (shown.images[2 * at]! > 0.45 !== (shown.masks[at] === 1)) different++;
      expect(different).toBeLessThanOrEqual(names.includes('rotate') || names.includes('shift') ? 8 : 0); // pixels of an edge that lies between
      expect(shown.masks.subarray(0, 100).includes(1)).toBe(false); // the first image has no mark
    }),
  );
});

test('without names the very same arrays come back; lengths must fit', () => {
  const [images, masks] = [new Float32Array(12), new Uint8Array(6)];
  const shown = augmenter([], [2, 3, 2])(images, createRng(0), masks);
  expect([shown.images === images, shown.masks === masks]).toEqual([true, true]);
  const show = augmenter(['flip'], [2, 3, 2]);
  expect(() => show(images.subarray(1), createRng(0))).toThrow(new ShapeError('augmenter: images are 11 values; they must be [n,2,3,2]'));
  expect(() => show(images, createRng(0), new Uint8Array(12))).toThrow(
    new ShapeError('augmenter: masks are 12 values; they must be [1,2,3], as there are 1 images'),
  );
});

test('refuses names that there are not, and quarter turns of what is no square', () => {
  const check = (names: string[]) => () => assertAugments('train: augment', names as Augmentation[], [4, 6]);
  expect(check(['flip', 'flip-vertical'])).not.toThrow();
  expect(check(['flip', 'spin'])).toThrow(
    "train: augment is 'spin'; it must be one of flip, flip-vertical, quarter-turns, rotate, shift, brightness",
  );
  expect(check(['quarter-turns'])).toThrow(ConfigError);
  expect(check(['quarter-turns'])).toThrow(
    'train: augment holds quarter-turns, but images are 6x4 (width x height); only squares can be turned',
  );
  expect(() => assertAugments('train: augment', ['brightness'], [4, 6], 'real')).toThrow(
    new ConfigError("train: augment holds brightness, but values are of range 'real'; only pixels can be brighter"),
  );
});
