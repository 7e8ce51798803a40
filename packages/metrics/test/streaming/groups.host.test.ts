import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scoresOf } from '../../src/counting/keys.ts';
import { countGroups } from '../../src/index.ts';
import { scoredImages } from '../arbitraries.ts';
import { collect, count } from './streams.ts';

test('each group is counted as if it were alone, whichever groups an image is in', () => {
  const grouped = scoredImages.chain((images) =>
    fc.tuple(
      fc.constant(images),
      fc.array(fc.subarray([0, 1, 2]), { minLength: images.length, maxLength: images.length }),
      fc.array(fc.boolean(), { minLength: images.length, maxLength: images.length }), // in float32, or not
      fc.boolean(),
    ),
  );
  fc.assert(
    fc.property(grouped, ([raw, groupsOf, narrow, perImage]) => {
      const images = raw.map((image, i) =>
        narrow[i] ? { ...image, map: Float32Array.from(image.map as number[], (score) => Math.max(-1e30, Math.min(1e30, score))) } : image,
      );
      const members = [0, 1, 2].map((group) => images.filter((_, i) => groupsOf[i]!.includes(group)));
      const positives = members.map((own, group) => collect(own, { perImage: perImage && group === 0 }));
      const counter = countGroups(positives);
      images.forEach((image, i) => {
        counter.add(image, groupsOf[i]!);
      });
      counter.finish().forEach((found, group) => {
        const { gapFloors, ...expected } = count(members[group]!, positives[group]!);
        expect(found).toMatchObject(expected);
        expect(Array.from(scoresOf(found.gapFloors))).toEqual(Array.from(scoresOf(gapFloors))); // of another width, if another group's are wide
      });
    }),
  );
});

test('a group that there is not, or twice, is refused', () => {
  const image = { map: [1, 2], mask: [0, 1], width: 2, height: 1 };
  const counter = countGroups([collect([image])]);
  expect(() => counter.add(image, [1])).toThrow(new RangeError('countGroups: image 0 is of group 1; there are 1'));
  expect(() => counter.add(image, [0, 0])).toThrow(new RangeError('countGroups: image 0 is twice of one group: 0,0'));
  counter.finish();
  expect(() => counter.add(image, [0])).toThrow(new TypeError('countGroups: add was called after finish; count anew with all images'));
});
