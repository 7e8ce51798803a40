import fc from 'fast-check';
import ndarray from 'ndarray';
import {
  collectPositives,
  countNegatives,
  mergeNegatives,
  mergePositives,
  type Negatives,
  type Positives,
  type PositivesOptions,
  type ScoredImage,
} from '../../src/index.ts';

/** What both passes leave, through a structured clone each, as between workers. A part is a list of images; there may be empty ones. */
export function passes(
  first: readonly (readonly ScoredImage[])[],
  second: readonly (readonly ScoredImage[])[] = first,
  options: PositivesOptions = {},
): [Positives, Negatives] {
  const positives = mergePositives(first.map((part) => structuredClone(collect(part, options))));
  return [positives, mergeNegatives(second.map((part) => structuredClone(count(part, structuredClone(positives)))))];
}

export function collect(images: readonly ScoredImage[], options: PositivesOptions = {}): Positives {
  const collector = collectPositives(options);
  for (const image of images) collector.add(image);
  return collector.finish();
}

export function count(images: readonly ScoredImage[], positives: Positives): Negatives {
  const counter = countNegatives(positives);
  for (const image of images) counter.add(image);
  return counter.finish();
}

type Plain = { map: number[]; mask: number[]; width: number; height: number };

const kinds = ['float32', 'float64', 'plain', 'transposed'] as const;

/** Ties, zeros of both signs, subnormals of either width, and any number; all of them float32. */
const score = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -2, max: 2 }) },
  { weight: 2, arbitrary: fc.constantFrom(-0, 2 ** -149, -(2 ** -149), 2 ** -130, 0.1).map(Math.fround) },
  { weight: 2, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
);
/** As above, and what float32 can't hold. */
const wideScore = fc.oneof(
  { weight: 3, arbitrary: score },
  fc.constantFrom(5e-324, -5e-324, 1e300, 0.1, 1 + 2 ** -40),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const image = fc
  .record({
    width: fc.integer({ min: 1, max: 5 }),
    height: fc.integer({ min: 1, max: 5 }),
    kind: fc.constantFrom(...kinds),
    normal: fc.boolean(),
  })
  .chain(({ width, height, kind, normal }) => {
    const size = { minLength: width * height, maxLength: width * height };
    return fc.record({
      kind: fc.constant(kind),
      plain: fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        map: fc.array(kind === 'float32' ? score : wideScore, size),
        mask: fc.array(normal ? fc.constant(0) : fc.constantFrom(0, 0, 1), size),
      }),
    });
  });

function dress({ kind, plain }: { kind: (typeof kinds)[number]; plain: Plain }): ScoredImage {
  const { map, mask, width, height } = plain;
  if (kind === 'float32') return { ...plain, map: Float32Array.from(map), mask: Uint8Array.from(mask) };
  if (kind === 'float64') return { ...plain, map: Float64Array.from(map), mask: Uint8ClampedArray.from(mask) };
  if (kind === 'plain') return plain;
  const columns = Float64Array.from(map, (_, i) => map[(i % height) * width + Math.floor(i / height)]!);
  return { ...plain, map: ndarray(columns, [width, height]).transpose(1, 0), mask: ndarray(Uint8Array.from(mask), [height, width]) };
}

/** One to five images, as plain arrays and as they may come. */
export const imageSets = fc
  .array(image, { minLength: 1, maxLength: 5 })
  .map((all) => ({ plain: all.map((one) => one.plain), dressed: all.map(dress) }));

/** Gives each of up to 5 images a part of up to 4, and an order within it. Parts may be without an image. */
export const splits = fc
  .record({
    parts: fc.integer({ min: 1, max: 4 }),
    places: fc.array(fc.nat(100), { minLength: 5, maxLength: 5 }),
    order: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
  })
  .map(
    ({ parts, places, order }) =>
      <T>(images: readonly T[]): T[][] =>
        Array.from({ length: parts }, (_, part) =>
          order.filter((i) => i < images.length && places[i]! % parts === part).map((i) => images[i]!),
        ),
  );
