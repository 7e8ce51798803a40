import type { Pairs } from '../labelled-scores.ts';
import type { Pixels } from '../scored-image.ts';
import { type Negatives, startCounting } from './negatives.ts';
import { type CollectionOptions, type Positives, startCollection } from './positives.ts';

/** Both passes over images that are in memory, and checked. */
export function bothPasses(
  images: readonly (Pairs & Partial<Pixels>)[],
  options: CollectionOptions,
): { positives: Positives; negatives: Negatives } {
  const collection = startCollection(options);
  for (const image of images) collection.add(image);
  const positives = collection.finish();
  const counting = startCounting([positives]);
  for (const image of images) counting.add(image);
  return { positives, negatives: counting.finish()[0]! };
}
