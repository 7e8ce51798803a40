import type { FileSource, Sample } from '@rddpm/core/contracts';
import { type LoadMasksOptions as AnyLayoutsOptions, loadMasks as loadAnyMasks } from '@rddpm/data';
import type { NdArray } from 'ndarray';
import { mvtecLayout } from './mvtec-layout.ts';

/** As in `@rddpm/data`; `truth` is that of `mvtecLayout` unless another is given. */
export type LoadMasksOptions = Partial<AnyLayoutsOptions>;

/**
 * `loadMasks` of `@rddpm/data`, with the masks where MVTec AD's layout has them.
 *
 * @throws {FormatError} if a defective image has no mask, a mask has not its image's size, or a file can't be read or decoded.
 */
export function loadMasks(
  source: FileSource,
  samples: readonly Sample[],
  options: LoadMasksOptions = {},
): AsyncIterable<NdArray<Uint8Array>> {
  return loadAnyMasks(source, samples, { truth: mvtecLayout.truth, ...options });
}
