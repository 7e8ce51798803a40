import type { HostWeights } from '@rddpm/core';
import type { SchedulerConfig } from '@rddpm/scheduler/config';
import type { UNet } from '@rddpm/unet';

/** What a `DDPMPipeline` folder holds. */
export type Pipeline = {
  readonly network: UNet;
  /** On the host; `toTensors` brings them to the backend. */
  readonly weights: HostWeights;
  /** The noise schedule, what the network predicts, and how its images are sampled. */
  readonly scheduler: SchedulerConfig;
  /** Texts in the weights' file. */
  readonly metadata: Readonly<Record<string, string>>;
};

/** The files of the folder. */
export const PIPELINE_FILES = {
  index: 'model_index.json',
  network: 'unet/config.json',
  weights: 'unet/diffusion_pytorch_model.safetensors',
  scheduler: 'scheduler/scheduler_config.json',
} as const;
