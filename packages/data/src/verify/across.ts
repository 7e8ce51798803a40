/** What only shows when all of a data set's files have been looked at. */
import type { Problem, Sample } from '@rddpm/core/contracts';
import type { Look, LookAtMask } from './look.ts';

export type Looked = { readonly sample: Sample; readonly look: Look };

const EXAMPLES = 3;

/** Defective images without mask: a mistake where others have one, and else a set without masks. */
export function missingMasks(all: readonly Looked[]): Problem[] {
  const lacking = all.filter(({ look }) => look.lacksMask).map(({ sample }) => sample.path);
  const [first] = lacking;
  if (first === undefined) return [];
  if (all.some(({ look }) => look.hasMasks)) return lacking.map((path) => ({ severity: 'error', path, message: 'has no mask' }));
  const others = lacking.length === 1 ? '' : `, nor has any of the ${lacking.length} defective images`;
  return [{ severity: 'warning', path: first, message: `has no mask${others}: only image-level metrics can be had` }];
}

/** Masks in which black may mark the defect. Those that mark everything are errors of their own. */
export function invertedMasks(masks: readonly LookAtMask[]): Problem[] {
  return largeOnes(
    masks.filter((mask) => isLarge(mask) && mask.share < 1),
    masks,
  );
}

function largeOnes(found: readonly LookAtMask[], masks: readonly LookAtMask[]): Problem[] {
  const large = found.map(({ path }) => path);
  const [first, ...others] = large;
  if (first === undefined) return [];
  const also = others.length > 0 ? `, as ${large.length} of ${masks.length} masks do (${named(others)})` : '';
  return [
    {
      severity: 'warning',
      path: first,
      message: `marks more than half of its picture${also}: if black marks the defect there, it is inverted`,
    },
  ];
}

/**
 * What `verifySamples` says of masks that may be inverted, where most of these are such: then figures made with them tell nothing.
 *
 * @param masks What messages call each, and how much of its picture it marks, from 0 to 1.
 */
export function mostlyInverted(masks: readonly LookAtMask[]): Problem[] {
  const large = masks.filter(isLarge);
  return 2 * large.length > masks.length ? largeOnes(large, masks) : [];
}

const isLarge = ({ share }: LookAtMask): boolean => share > 0.5;

/** Bits that a camera fills at most, where it doesn't fill 16. */
const CAMERA_BITS = 14;

/** Images of 16 bits that all leave the upper ones unused. */
export function fewBits(all: readonly Looked[]): Problem[] {
  const peaks = all.flatMap(({ sample, look }) => (look.image?.peak === undefined ? [] : [{ path: sample.path, peak: look.image.peak }]));
  const highest = peaks.reduce((high, { peak }) => Math.max(high, peak), 0);
  const [first] = peaks;
  if (!first || highest === 0 || highest >= 2 ** CAMERA_BITS) return [];
  const bits = Math.max(8, Math.ceil(Math.log2(highest + 1)));
  const also = peaks.length > 1 ? `, as all ${peaks.length} images of 16 bits do` : '';
  const message = `uses the lowest ${bits} of its 16 bits only${also}: nothing is brighter than ${highest} of 65535; that is no harm, since the range of the training set is what is scaled`;
  return [{ severity: 'warning', path: first.path, message }];
}

/** Images of one content. */
export function duplicates(all: readonly Looked[]): Problem[] {
  const problems: Problem[] = [];
  const firsts = new Map<string, Sample>();
  for (const { sample, look } of all) {
    if (!look.image) continue;
    const first = firsts.get(look.image.hash);
    if (!first) firsts.set(look.image.hash, sample);
    else if (first.path !== sample.path) {
      const apart = first.split !== sample.split ? `: one is for ${purpose(first)}, the other for ${purpose(sample)}` : '';
      problems.push({ severity: 'warning', path: sample.path, message: `has the same content as ${first.path}${apart}` });
    }
  }
  return problems;
}

const purpose = ({ split }: Sample): string =>
  ({ train: 'training', validation: 'validation', test: 'test', none: 'no split' })[split ?? 'none'];

function named(paths: readonly string[]): string {
  return `${paths.slice(0, EXAMPLES).join(', ')}${paths.length > EXAMPLES ? ', …' : ''}`;
}
