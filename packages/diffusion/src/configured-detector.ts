/** The detector that a model's info describes: whoever builds it from here – a command, a page – gets the same maps. */
import { type Backend, createRng, type DenoisingNetwork, type Weights } from '@rddpm/core';
import { createDetector, type Detector } from '@rddpm/detector';
import { createNoise, createSampler, createSchedule } from '@rddpm/scheduler/config';
import type { ModelInfo } from './model-info.ts';

/** Images that a detector is given at once, so that it can be interrupted and tells how far it is. Draws go through the network so, too. */
export const CHUNK = 8;

/**
 * The detector that a model's info describes, with noise from `createRng(seed).fork('detection')`.
 *
 * @throws {ConfigError} for a config that can't work.
 */
export function createConfiguredDetector(
  options: Pick<ModelInfo, 'diffusion' | 'detection' | 'seed'> & {
    readonly network: DenoisingNetwork;
    /** As `createDetector`'s: frozen into the graph; the caller disposes them after the last detection. */
    readonly weights: Weights;
    readonly backend: Backend;
  },
): Detector {
  const { network, weights, backend, diffusion, detection, seed } = options;
  const schedule = createSchedule(diffusion.schedule);
  return createDetector({
    ...detection,
    smoothing: { sigma: detection.smoothing, unit: 'side/64' },
    network,
    weights,
    backend,
    schedule,
    sampler: createSampler(schedule, detection.sampler, diffusion.prediction),
    noise: createNoise(diffusion.noise),
    rng: createRng(seed).fork('detection'),
    batchSize: CHUNK,
  });
}
