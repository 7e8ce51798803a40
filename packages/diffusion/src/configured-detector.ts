/** The detector that a config describes. Commands and pages build theirs here, so that all of them get the same maps. */
import { type Backend, ConfigError, type DenoisingNetwork, type Rng, type Weights } from '@rddpm/core';
import type { Smoothing } from '@rddpm/core/contracts';
import { createDetector, type Detector } from '@rddpm/detector';
import { createNoise, createSampler, createSchedule } from '@rddpm/scheduler/config';
import type { DetectionConfig, ProcessConfig } from './detection-config.ts';

export type ConfiguredDetectorOptions = {
  readonly network: DenoisingNetwork;
  /** As `createDetector`'s: frozen into the graph; the caller disposes them after the last detection. */
  readonly weights: Weights;
  readonly backend: Backend;
  readonly diffusion: ProcessConfig;
  readonly detection: DetectionConfig;
  readonly smoothing: Smoothing;
  /** Of the model's seed, `createRng(seed)`: the noise comes from its fork 'detection'. */
  readonly rng: Rng;
};

/** @throws {ConfigError} for a config that can't work, and for one that reads single steps. */
export function createConfiguredDetector(options: ConfiguredDetectorOptions): Detector {
  const { network, weights, backend, diffusion, detection, smoothing, rng } = options;
  const { error, ...walk } = detection;
  if (detection.reading === 'steps' || error === 'noise') {
    throw new ConfigError(
      "createConfiguredDetector: detection.reading is 'steps', which a detector doesn't walk; `detect`, or a method's scorer, reads it",
    );
  }
  const schedule = createSchedule(diffusion.schedule);
  return createDetector({
    ...walk,
    error,
    smoothing,
    network,
    weights,
    backend,
    schedule,
    sampler: createSampler(schedule, detection.sampler, diffusion.prediction),
    noise: createNoise(diffusion.noise),
    rng: rng.fork('detection'),
  });
}
