import { type ImageMetricName, METRICS, type MetricPath, type PixelMetricName } from '@rddpm/metrics';
import type { Metric, ReconstructionScores, ResultScores } from './results.ts';

/** What the metrics return: numbers, NaN where undefined. Metrics that were not measured may be left out; names that aren't in the catalogue are ignored. */
export type RawScores = {
  pixel: Readonly<Partial<Record<PixelMetricName, number>>>;
  image: Readonly<Partial<Record<ImageMetricName, number>>>;
  reconstruction?: Readonly<Record<keyof ReconstructionScores, number>>;
};

/** Why a metric may be null, by its path. */
export type Reasons = Partial<Record<MetricPath | `reconstruction.${keyof ReconstructionScores}`, string>>;

const WHY_NO_RECONSTRUCTION = {
  mse: 'needs a reconstruction',
  psnr: 'infinite or without a reconstruction: the mean squared error is 0 or undefined',
};

/**
 * Scores as `results.json` holds them. JSON has no NaN, and 0 would be a lie: what isn't a finite number becomes null, and
 * `undefined` gets the reason under its path.
 *
 * @param reasons By the path of a metric: what to say instead of the usual reason.
 */
export function toScores(raw: RawScores, reasons: Reasons = {}): ResultScores {
  const missing: Record<string, string> = {};
  const defined = (path: keyof Reasons, value: number | undefined, why: string): Metric => {
    if (Number.isFinite(value)) return value!;
    missing[path] = reasons[path] ?? (value === undefined ? 'not measured' : why);
    return null;
  };
  const level = (of: 'pixel' | 'image', values: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      METRICS.filter(({ level }) => level === of).map(({ name, path, whyUndefined }) => [name, defined(path, values[name], whyUndefined)]),
    );
  const scores = { pixel: level('pixel', raw.pixel), image: level('image', raw.image) } as ResultScores;
  if (raw.reconstruction) {
    const { mse, psnr } = raw.reconstruction;
    scores.reconstruction = {
      mse: defined('reconstruction.mse', mse, WHY_NO_RECONSTRUCTION.mse),
      psnr: defined('reconstruction.psnr', psnr, WHY_NO_RECONSTRUCTION.psnr),
    };
  }
  if (Object.keys(missing).length > 0) scores.undefined = missing;
  return scores;
}
