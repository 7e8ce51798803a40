import type { DenoisingNetwork, HostWeights } from '@rddpm/core';
import type { FileParts, FileReader, ModelInfo, TrainingSet } from '@rddpm/core/contracts';
import type * as z from 'zod/mini';
import type { DetectionConfig, ProcessConfig } from './detection-config.ts';

/** A network, and the weights that it has learnt or was given. */
export type TrainedNetwork<Network extends DenoisingNetwork = DenoisingNetwork> = {
  readonly network: Network;
  /** Of a network that was trained here, their moving average. */
  readonly weights: HostWeights;
};

/** A kind of network that diffusion methods can be made of: how its config is read, how it is built, what its files are. */
export type NetworkFamily<Config, Network extends DenoisingNetwork = DenoisingNetwork> = {
  /** Of the fields that don't follow from what the network is shown. */
  readonly config: z.ZodMiniType<Config>;
  /** What is to be parsed: `given` over `before` over the defaults. */
  merge(given: unknown, before: Config | undefined): unknown;
  /** @throws {ConfigError} for items that the network can't be shown. */
  create(config: Config, shape: TrainingSet['shape']): Network;
  /** @param asked How. @param info A copy goes along with the weights. */
  encode(
    model: TrainedNetwork<Network>,
    asked: { readonly diffusion: ProcessConfig; readonly detection: DetectionConfig },
    info: ModelInfo,
  ): FileParts[];
  decode(read: FileReader): Promise<TrainedNetwork<Network>>;
};
