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
