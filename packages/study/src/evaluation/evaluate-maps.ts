import { availableParallelism } from 'node:os';
import { type EvaluateImagesOptions, type Evaluation, evaluate } from './evaluate-images.ts';
import { imagesOf, type MapFiles, split, withTruths } from './map-files.ts';
import { passesInThisThread } from './passes.ts';
import { passesInWorkers } from './passes-in-workers.ts';

/** A thread pays from this many images on. */
const IMAGES_PER_THREAD = 8;

// Node can't run TypeScript: from sources all is done in this thread.
const COMPILED = import.meta.url.endsWith('.js');

export type EvaluateMapsOptions = Pick<EvaluateImagesOptions, 'onImage' | 'resample'> & {
  /** @defaultValue as many as there are processors, with 8 images or more each */
  readonly threads?: number;
};

/**
 * Exact metrics of any number of maps in files, of which each thread holds one at a time: everything is read twice. Maps of another size
 * than their masks are resized.
 *
 * @throws {FormatError} for files that can't be read, or don't fit each other; {RangeError} without images.
 */
export async function evaluateMaps(files: MapFiles, options: EvaluateMapsOptions = {}): Promise<Evaluation> {
  const most = Math.min(availableParallelism(), Math.ceil(files.images.length / IMAGES_PER_THREAD));
  const { threads = most, onImage = () => {}, ...rest } = options;
  const share = await withTruths(files);
  const shares = COMPILED ? split(share, threads) : [share];
  const passes = shares.length === 1 ? passesInThisThread(imagesOf(share), onImage) : passesInWorkers(shares, onImage);
  return evaluate(passes, { isMasked: share.isMasked, ...rest });
}
