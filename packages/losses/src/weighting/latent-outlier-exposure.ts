import { assertOneOf, type Loss } from '@rddpm/core';
import { add, div, less, logicalOr, mean, mul, type Scalar, sub, type Tensor1D, tidy, where } from '@tensorflow/tfjs-core';
import { detached } from '../detached.ts';
import { ranks } from '../ranks.ts';
import { keptCount } from '../trimmed/keep.ts';
import { assertContamination } from './contamination.ts';
import { medianLoss } from './median-loss.ts';
import { assertPerSample, type PerSampleLoss } from './per-sample-loss.ts';

export type LatentOutlierExposureOptions = {
  /** The share of a batch's samples that is taken for contaminated, in [0, 1). @defaultValue 0.2 */
  readonly trim?: number;
  /** Samples taken for contaminated are pushed away (`hard`), or pushed half and pulled half (`soft`). @defaultValue 'soft' */
  readonly mode?: 'hard' | 'soft';
  /** For how many steps at the start of training all samples are taken for normal. @defaultValue 0 */
  readonly warmupSteps?: number;
  /** L_a, [n], from the normal losses L_n, [n]: what a contaminated sample is to make small. @defaultValue `boundedReciprocal` */
  readonly anomalyLoss?: (losses: Tensor1D) => Tensor1D;
};

/**
 * Latent outlier exposure: the share `trim` of the batch's samples, those with the largest `L_n − L_a`, is taken for contaminated. These learn the
 * anomaly loss `L_a` instead of the normal loss `L_n` (hard), or the mean of the two (soft). The choice carries no gradient; where samples tie,
 * the last are taken. Were the anomaly loss 0, this would be least trimmed squares.
 *
 * @param loss The normal loss L_n, per sample.
 * @throws {ConfigError} if an option is out of its range; when called, {ShapeError} unless `loss` returns one number for each sample.
 * @see Qiu et al. (2022), https://arxiv.org/abs/2202.08088
 */
export function latentOutlierExposure(
  loss: PerSampleLoss,
  { trim = 0.2, mode = 'soft', warmupSteps = 0, anomalyLoss = boundedReciprocal }: LatentOutlierExposureOptions = {},
): Loss {
  assertContamination('latentOutlierExposure', { trim, warmupSteps });
  assertOneOf('latentOutlierExposure: mode', mode, ['hard', 'soft']);
  return (prediction, target, context) => {
    return tidy((): Scalar => {
      const normal = loss(prediction, target, context);
      assertPerSample('latentOutlierExposure', normal, prediction);
      const anomalous = anomalyLoss(normal);
      const isNormal = detached(() => {
        const trusted = less(ranks(sub(normal, anomalous)), keptCount(1 - trim, normal.size));
        return logicalOr(trusted, less(context.step, warmupSteps));
      });
      const exposed = mode === 'hard' ? anomalous : mul(0.5, add(normal, anomalous));
      return mean(where(isNormal, normal, exposed));
    });
  };
}

/**
 * The default anomaly loss: `m / (1 + L_n / m)` with m the batch's median loss, a constant of the step.
 *
 * The `1 / L_n` of the paper's one-class models, made safe for denoising, where losses of .001 are common: their reciprocals push a
 * million times as hard as a normal sample pulls, and `−ln L_n` still a thousand times. In units of the median, and shifted by 1, the
 * push is `1 / (1 + L_n / m)²`: at most 1, a quarter for a sample that fits as badly as the median, and it fades as the sample moves away.
 */
export function boundedReciprocal(losses: Tensor1D): Tensor1D {
  const median = medianLoss(losses);
  return div(median, add(1, div(losses, median)));
}
