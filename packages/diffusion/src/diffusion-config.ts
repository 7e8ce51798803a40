/** Everything that decides what a diffusion method learns and how it marks what is odd, as config files hold it, and its defaults. */
import type { LossConfig } from '@rddpm/losses/config';
import { UNET_PRESETS, type UNetConfig } from '@rddpm/unet';
import * as z from 'zod/mini';
import type { DetectionConfig, ModelInfo } from './model-info.ts';
import type { SelectionConfig } from './selection-config.ts';

const count = z.int().check(z.gte(1));

/** Of `train` in `@rddpm/trainer`, which says what each means. */
export const trainingConfigSchema = z.strictObject({
  /** In total, those of a resumed run included. */
  steps: count,
  batchSize: count,
  learningRate: z.number().check(z.positive()),
  warmupSteps: z.int().check(z.gte(0)),
  weightDecay: z.number().check(z.gte(0)),
  gradientNorm: z.number().check(z.positive()),
  emaDecay: z.number().check(z.gte(0), z.lt(1)),
  reportEvery: count,
  checkpointEvery: count,
});

export type TrainingConfig = z.output<typeof trainingConfigSchema>;

export type DiffusionConfig = {
  readonly loss: LossConfig;
  /** Null for training on all images, always. */
  readonly selection: SelectionConfig | null;
  readonly network: UNetConfig;
  readonly diffusion: ModelInfo['diffusion'];
  readonly training: TrainingConfig;
  readonly detection: DetectionConfig;
};

/** What holds where nothing else is said. The network's sides and channels are those of the images. */
export const DIFFUSION_DEFAULTS = {
  loss: { name: 'mse' },
  selection: null,
  network: UNET_PRESETS['rddpm-64'],
  diffusion: {
    schedule: { name: 'linear', steps: 1000, betaStart: 1e-4, betaEnd: 0.02 },
    prediction: 'epsilon',
    noise: { name: 'gaussian' },
  },
  training: {
    steps: 4000,
    batchSize: 8,
    learningRate: 2e-4,
    warmupSteps: 0,
    weightDecay: 0.01,
    gradientNorm: 1,
    emaDecay: 0.999,
    reportEvery: 10,
    checkpointEvery: 500,
  },
  detection: {
    forwardSteps: 200,
    reverseSteps: 200,
    evaluations: 12,
    spacing: 'linspace',
    sampler: { name: 'ddim' },
    encode: 'noise',
    draws: 2,
    error: 'squared',
    channels: 'mean',
    smoothing: 2,
  },
} as const satisfies DiffusionConfig;
