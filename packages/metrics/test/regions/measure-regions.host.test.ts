import fc from 'fast-check';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { labelComponents, measureRegions } from '../../src/index.ts';
import { masks } from '../arbitraries.ts';
import { relaxedBoxes } from '../brute-force.ts';
import { references } from '../goldens.ts';

const picture = (rows: string[]) => Uint8Array.from(rows.join(''), (sign) => (sign === '#' ? 1 : 0));

test('a box holds what hangs left below, too', () => {
  expect(measureRegions(picture(['..#.', '.#..', '#..#', '#..#']), 4, 4)).toEqual([
    { area: 4, left: 0, top: 0, width: 3, height: 4 },
    { area: 2, left: 3, top: 2, width: 1, height: 2 },
  ]);
});

test('an empty mask has none, a full one has one of its own size', () => {
  expect(measureRegions([0, 0, 0, 0, 0, 0], 3, 2)).toEqual([]);
  expect(measureRegions([1, 1, 1, 1, 1, 1], 3, 2)).toEqual([{ area: 6, left: 0, top: 0, width: 3, height: 2 }]);
});

test('an ndarray view is read along its own axes', () => {
  const upright = ndarray(picture(['#.', '#.', '.#']), [3, 2]);
  expect(measureRegions(upright.transpose(1, 0), 3, 2)).toEqual([{ area: 3, left: 0, top: 0, width: 3, height: 2 }]);
});

const row = ({ area, left, top, width, height }: ReturnType<typeof measureRegions>[number]) => [area, left, top, width, height];

test.each(references.regionSets.flatMap(({ name, images }) => images.map((image, i) => ({ ...image, name: `${name}, image ${i}` }))))(
  'agrees with scipy.ndimage.find_objects: $name',
  ({ mask, width, height, boxes }) => {
    expect(measureRegions(mask, width, height).map(row)).toEqual(boxes);
  },
);

test('agrees with the extremes of each region of labelComponents, in its order', () => {
  fc.assert(
    fc.property(masks, ({ mask, width, height }) => {
      const measured = measureRegions(mask, width, height);
      expect(measured.map(row)).toEqual(relaxedBoxes(mask, width, height));
      expect(measured.map(({ area }) => area)).toEqual(Array.from(labelComponents(mask, width, height).areas.subarray(1)));
    }),
  );
});

test('says which size was given and which is needed', () => {
  expect(() => measureRegions([1, 0, 1], 2, 2)).toThrow(
    new RangeError('measureRegions: mask is [3]; 2 wide and 2 high needs [2,2], 4 values'),
  );
  expect(() => measureRegions(null as never, 2, 2)).toThrow(TypeError);
});
