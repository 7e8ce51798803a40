/** How many steps fit in a time: a few are done to see how long they take. */
import { ConfigError } from '@rddpm/core';
import type { FitEvent } from '@rddpm/core/contracts';
import { JUDGED_IMAGES } from '@rddpm/maps';
import type { DiffusionConfig } from './diffusion-config.ts';

/** How many steps are measured. The first few, in which the step is compiled, don't count. */
const PROBE_STEPS = 8;

/** The time of a prediction as a share of a step's, which predicts, propagates back and moves the weights. */
const PREDICTION_SHARE = 1 / 3;

/** How often images are scored: four choices on the way, and once at the end. */
const SELECTIONS = 5;

/** Fewer steps than these are refused: they would learn next to nothing. */
const LEAST_STEPS = 100;

/** A short run that is trained as `config` says, at a constant rate and without a selection. */
export function probeOf<Network>(config: DiffusionConfig<Network>): DiffusionConfig<Network> {
  const { training } = config;
  return {
    ...config,
    selection: null,
    training: {
      ...training,
      steps: PROBE_STEPS,
      warmupSteps: 0,
      learningRateSchedule: 'constant',
      reportEvery: 1,
      checkpointEvery: PROBE_STEPS,
    },
  };
}

/** The median over the second half of the probe's steps, which are compiled by then. */
export function secondsPerStepOf(events: readonly FitEvent[]): number {
  const seconds = events.flatMap((event) => (event.kind === 'progress' ? [event.measures.secondsPerStep as number] : []));
  const settled = seconds.slice(Math.ceil(seconds.length / 2)).toSorted((a, b) => a - b);
  return settled[Math.floor(settled.length / 2)]!;
}

/**
 * The steps that fit in a time beside selections, calibration and threshold.
 *
 * @param time In seconds: what there was, and what is spent already.
 * @param where Begins the message. @throws {ConfigError} for too few, with how long would do.
 */
export function stepsWithin(
  where: string,
  time: { readonly given: number; readonly spent: number },
  secondsPerStep: number,
  images: number,
  { selection, training, detection }: DiffusionConfig,
): number {
  const { batchSize } = training;
  const choices = selection ? SELECTIONS * images * (selection.timesteps?.length ?? 1) * selection.draws : 0;
  const perImage =
    detection.reading === 'walk' ? detection.draws * detection.evaluations : detection.draws * (detection.timesteps?.length ?? 1);
  const predictions = (choices + Math.min(images, JUDGED_IMAGES) * perImage) / batchSize;
  const beside = predictions * PREDICTION_SHARE * secondsPerStep;
  const steps = Math.floor((time.given - time.spent - beside) / secondsPerStep);
  if (steps >= LEAST_STEPS) return steps;
  const minutes = (time.spent + beside + LEAST_STEPS * secondsPerStep) / 60;
  throw new ConfigError(
    `${where}: a step takes ${secondsPerStep.toPrecision(2)} s here, so ${Number((time.given / 60).toPrecision(2))} minutes are ${Math.max(0, steps)} steps, of which nothing is learnt; ` +
      `give it at least ${Math.ceil(10 * minutes) / 10} minutes, or smaller images`,
  );
}
