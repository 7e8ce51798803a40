import type { HostWeights } from '@rddpm/core';
import type { UNet } from '@rddpm/unet';
import type { ModelInfo } from './model-info.ts';

/** A trained network, and how it is used. */
export type DiffusionModel = {
  readonly network: UNet;
  /** The moving average of the weights. */
  readonly weights: HostWeights;
  readonly info: ModelInfo;
};
