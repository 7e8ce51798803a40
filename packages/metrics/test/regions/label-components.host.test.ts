import fc from 'fast-check';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { labelComponents } from '../../src/index.ts';
import { masks } from '../arbitraries.ts';
import { relaxedComponents } from '../brute-force.ts';
import { references } from '../goldens.ts';

const picture = (rows: string[]) => Uint8Array.from(rows.join(''), (sign) => (sign === '#' ? 1 : 0));

test('pixels that touch at a corner belong together', () => {
  const { labels, count, areas } = labelComponents(picture(['#..#', '.#..', '...#']), 4, 3);
  expect(count).toBe(3);
  expect(Array.from(labels)).toEqual([1, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 3]);
  expect(Array.from(areas)).toEqual([8, 2, 1, 1]);
});

test('arms that meet only at the end are one region', () => {
  expect(labelComponents(picture(['#.#.#', '#.#.#', '#####']), 5, 3).count).toBe(1);
  expect(labelComponents(picture(['####', '...#', '####', '#...', '####']), 4, 5).count).toBe(1);
});

test('the right and the left edge do not touch', () => {
  expect(labelComponents(picture(['..#', '#..']), 3, 2).count).toBe(2);
});

test('a snake of 33 x 65 pixels is one region', () => {
  const rows = Array.from({ length: 65 }, (_, y) =>
    y % 2 === 0 ? '#'.repeat(33) : y % 4 === 1 ? `${'.'.repeat(32)}#` : `#${'.'.repeat(32)}`,
  );
  expect(Array.from(labelComponents(picture(rows), 33, 65).areas)).toEqual([32 * 32, 33 * 33 + 32]);
});

test('an empty mask has no region, a full one has one', () => {
  expect(Array.from(labelComponents([0, 0, 0, 0], 2, 2).areas)).toEqual([4]);
  expect(Array.from(labelComponents([1, 1, 1, 1], 2, 2).areas)).toEqual([0, 4]);
});

test('an ndarray view is read along its own axes', () => {
  const upright = ndarray(picture(['#.', '#.', '.#']), [3, 2]);
  expect(Array.from(labelComponents(upright.transpose(1, 0), 3, 2).labels)).toEqual([1, 1, 0, 0, 0, 1]);
});

test.each(references.regionSets.flatMap(({ name, images }) => images.map((image, i) => ({ ...image, name: `${name}, image ${i}` }))))(
  'agrees with scipy.ndimage.label: $name',
  ({ mask, width, height, components }) => {
    expect(Array.from(labelComponents(mask, width, height).labels)).toEqual(components);
  },
);

test('agrees with numbers that spread until nothing changes', () => {
  fc.assert(
    fc.property(masks, ({ mask, width, height }) => {
      expect(Array.from(labelComponents(mask, width, height).labels)).toEqual(relaxedComponents(mask, width, height));
    }),
  );
});

test('every array type gives the same, bytes at any place in their buffer', () => {
  fc.assert(
    fc.property(masks, fc.integer({ min: 0, max: 7 }), ({ mask, width, height }, offset) => {
      const expected = labelComponents(mask, width, height);
      const bytes = new Uint8Array(mask.length + offset + 3).fill(1); // what lies around is not looked at
      bytes.set(mask, offset);
      expect(labelComponents(bytes.subarray(offset, offset + mask.length), width, height)).toEqual(expected);
      expect(
        labelComponents(
          Float64Array.from(mask, (value) => value / 2),
          width,
          height,
        ),
      ).toEqual(expected);
      expect(
        labelComponents(
          Int16Array.from(mask, (value) => -256 * value),
          width,
          height,
        ),
      ).toEqual(expected);
    }),
  );
});

test('more runs than memory was set aside for at first', () => {
  const [width, height] = [201, 101];
  const dots = Uint8Array.from({ length: width * height }, (_, i) => ((i % width) % 2 === 0 && Math.floor(i / width) % 2 === 0 ? 1 : 0));
  const { count, labels, areas } = labelComponents(dots, width, height);
  expect(count).toBe(101 * 51);
  expect(Array.from(areas.subarray(1)).every((area) => area === 1)).toBe(true);
  expect(labels[width * height - 1]).toBe(count);
});

test('says which size was given and which is needed', () => {
  expect(() => labelComponents([1, 0, 1], 2, 2)).toThrow(
    new RangeError('labelComponents: mask is [3]; 2 wide and 2 high needs [2,2], 4 values'),
  );
  expect(() => labelComponents([], 0, 2)).toThrow(
    new RangeError('labelComponents: mask: width is 0 and height 2; both must be whole numbers above 0'),
  );
  expect(() => labelComponents([1], 1, 0.5)).toThrow(RangeError);
  expect(() => labelComponents(undefined as never, 1, 1)).toThrow(TypeError);
});
