import type { DenoisingNetwork, HostWeights } from '@rddpm/core';
import type { FileParts, FileReader, ModelInfo, TrainingSet } from '@rddpm/core/contracts';
import type * as z from 'zod/mini';
import type { DetectionConfig, ProcessConfig } from './detection-config.ts';

/** A network, and the weights that it has learnt or was given. */
export type TrainedNetwork<Network extends DenoisingNetwork = DenoisingNetwork> = {
  readonly network: Network;
  /** The moving average of the training, if the network was trained here. */
  readonly weights: HostWeights;
};

/** A kind of network that diffusion methods can be made of: how its config is read, how it is built, what its files are. */
export type NetworkFamily<Config, Network extends DenoisingNetwork = DenoisingNetwork> = {
  /** The schema of those fields that don't follow from what the network is shown. */
  readonly config: z.ZodMiniType<Config>;
  /** `given` over `before` over the defaults, unchecked: what `config` is to parse. */
  merge(given: unknown, before: Config | undefined): unknown;
  /** @throws {ConfigError} for items that the network can't be shown. */
  create(config: Config, shape: TrainingSet['shape']): Network;
  /** @param asked How the network is asked, which diffusers' files say, too. @param info A copy goes into the weights' file. */
  encode(
    model: TrainedNetwork<Network>,
    asked: { readonly diffusion: ProcessConfig; readonly detection: DetectionConfig },
    info: ModelInfo,
  ): FileParts[];
  decode(read: FileReader): Promise<TrainedNetwork<Network>>;
};
