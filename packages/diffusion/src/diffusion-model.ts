import type { ModelInfo } from '@rddpm/core/contracts';
import type { UNet } from '@rddpm/unet';
import type { TrainedNetwork } from './network-family.ts';

/** A trained network, and how it is used: with `info.config`, the method's own. */
export type DiffusionModel = TrainedNetwork<UNet> & { readonly info: ModelInfo };
