import { assertPositiveInteger, type StatefulLoss } from '@rddpm/core';
import { mul, sub, sum, type Tensor1D, tidy, zeros } from '@tensorflow/tfjs-core';
import { detached } from '../detached.ts';
import { meanOfBest } from '../lts/loss.ts';
import { assertKeep, type Keep, type KeepSchedule } from '../trimmed/keep.ts';
import { scheduledKeep } from '../trimmed/scheduled-keep.ts';
import { logError } from './log-error.ts';
import { noiseBins } from './noise-bins.ts';
import { assertPerSample, type PerSampleLoss } from './per-sample-loss.ts';
import { averaged, type RunningMeans } from './running-mean.ts';

export type NormalizedLtsOptions = {
  /** The share of the samples that counts, in (0, 1], or how it changes over training. @defaultValue 0.8 */
  readonly keep?: number | KeepSchedule;
  /** How many bins of ln σ, from -5 to 5, have a running mean of their own. @defaultValue 20 */
  readonly bins?: number;
};

/** How many of the last samples a bin's mean is over. */
const MEMORY = 100;

/**
 * Trimming that sees beyond the timestep: the mean loss of the samples that fit best *for their noise*. In a batch of random timesteps plain
 * trimming discards the hard timesteps; here a sample's loss is compared with the running geometric mean of the losses at
 * like σ, over the last hundred of them or so.
 *
 * State: `error.count` and `error.mean`, [bins], of the log loss. It carries no gradient. The means include the batch itself, so the
 * first sample of a bin counts as average.
 *
 * @param loss What is trimmed and averaged, per sample.
 * @throws {ConfigError} unless `keep` is in (0, 1] and `bins` is a whole number of at least 1; from `apply`, {ShapeError} unless `loss`
 *   returns one number for each sample.
 * @see Rousseeuw (1984), https://doi.org/10.1080/01621459.1984.10477105, for trimming; the comparison is our own
 */
export function normalizedLts(loss: PerSampleLoss, { keep = 0.8, bins = 20 }: NormalizedLtsOptions = {}): StatefulLoss {
  if (typeof keep === 'number') assertKeep('normalizedLts', keep);
  assertPositiveInteger('normalizedLts: bins', bins);
  return {
    init() {
      return { state: { 'error.count': zeros([bins]), 'error.mean': zeros([bins]) }, learned: {} };
    },
    apply(prediction, target, context, { state }) {
      return tidy(() => {
        const losses = loss(prediction, target, context);
        assertPerSample('normalizedLts', losses, prediction);
        const error = detached(() => logError(losses));
        const places = noiseBins(context.sigma, bins);
        const before = { count: state['error.count'], mean: state['error.mean'] } as RunningMeans;
        const { count, mean } = averaged(before, places, error, MEMORY);
        const excess = sub<Tensor1D>(error, sum(mul(places, mean), 1));
        const kept: Keep = typeof keep === 'number' ? keep : scheduledKeep(context.step, keep);
        return { loss: meanOfBest(losses, kept, excess), state: { 'error.count': count, 'error.mean': mean } };
      });
    },
  };
}
