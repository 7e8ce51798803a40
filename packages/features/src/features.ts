import type { ImageBatch } from '@rddpm/core';
import type { ScoreRun } from '@rddpm/core/contracts';
import type { NdArray } from 'ndarray';

/** One for each tap, from the finest to the coarsest: [n, height, width, channels], row-major. */
export type FeatureMaps = readonly NdArray<Float32Array>[];

/** A network that looks at images. */
export interface Features {
  /**
   * Tells it from every other, weights, taps and size included: 'lite0:block2,block4,block10:224x224', or the SHA-256 of a file and what is done with
   * it. A model that was fitted on them keeps it.
   */
  readonly id: string;
  /** @param images [n, h, w, 3] in [0, 1], of any size: they are resized to what the network wants. */
  extract(images: ImageBatch): Promise<FeatureMaps>;
  dispose(): void;
}

export type OpenFeatures = (run: Pick<ScoreRun, 'backend'>) => Promise<Features>;
