import fc from 'fast-check';

/** Scores with many ties: small whole numbers, zeros of both signs, and now and then any finite number. */
const score = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constant(-0) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
);

/** Any mask of up to 8 x 8. */
export const masks = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })).chain(([width, height]) =>
  fc.record({
    width: fc.constant(width),
    height: fc.constant(height),
    mask: fc.array(fc.constantFrom(0, 1), { minLength: width * height, maxLength: width * height }),
  }),
);

/** Pairs of label and score, both labels among them. */
export const pairs = fc
  .array(fc.record({ label: fc.constantFrom(0, 1), score }), { minLength: 2, maxLength: 40 })
  .filter((all) => new Set(all.map(({ label }) => label)).size === 2);

export const columns = (all: readonly { label: number; score: number }[]) => ({
  labels: all.map(({ label }) => label),
  scores: all.map(({ score }) => score),
});

/** One to three images of up to 6 x 6 with up to three defects each, which may overlap; at least one defect and one normal pixel. */
export const defectImages = fc
  .array(
    fc.record({ width: fc.integer({ min: 1, max: 6 }), height: fc.integer({ min: 1, max: 6 }) }).chain(({ width, height }) => {
      const pixels = { minLength: width * height, maxLength: width * height };
      const mask = fc.array(fc.constantFrom(0, 0, 1), pixels).filter((values) => values.includes(1));
      const defect = fc
        .record({ mask, part: fc.double({ min: 0.01, max: 1, noNaN: true }), whole: fc.boolean() })
        .map(({ mask, part, whole }) => {
          const saturationArea = part * mask.filter((value) => value === 1).length;
          return { mask, saturationArea: whole ? Math.ceil(saturationArea) : saturationArea };
        });
      return fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        map: fc.array(score, pixels),
        defects: fc.array(defect, { maxLength: 3 }),
      });
    }),
    { minLength: 1, maxLength: 3 },
  )
  .filter((images) => images.some(({ defects }) => defects.length > 0))
  .filter((images) => images.some(({ map, defects }) => map.some((_, i) => defects.every(({ mask }) => mask[i] === 0))));

/** One to three images of up to 6 x 6, masks with regions and background. */
export const scoredImages = fc
  .array(
    fc.record({ width: fc.integer({ min: 1, max: 6 }), height: fc.integer({ min: 1, max: 6 }) }).chain(({ width, height }) => {
      const pixels = { minLength: width * height, maxLength: width * height };
      return fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        map: fc.array(score, pixels),
        mask: fc.array(fc.constantFrom(0, 0, 1), pixels),
      });
    }),
    { minLength: 1, maxLength: 3 },
  )
  .filter((images) => new Set(images.flatMap(({ mask }) => mask)).size === 2);
