import type { ImageScores, PixelScores, ReconstructionScores, Scores, UndefinedReasons } from './results.ts';

/** What the metrics return: numbers, NaN where undefined. More entries than named are left out. */
export type RawScores = {
  pixel: Readonly<Record<keyof PixelScores, number>>;
  image: Readonly<Record<keyof ImageScores, number>>;
  reconstruction?: Readonly<Record<keyof ReconstructionScores, number>>;
};

/** `'pixel.auroc'`, `'image.averagePrecision'`, … */
export type MetricPath = keyof typeof WHY_UNDEFINED;

const WHY_UNDEFINED = {
  'pixel.auroc': 'needs both normal and defective pixels',
  'pixel.averagePrecision': 'needs a defective pixel',
  'pixel.auPro30': 'needs a defective region and a normal pixel',
  'pixel.auPro05': 'needs a defective region and a normal pixel',
  'pixel.f1Max': 'needs a defective pixel',
  'pixel.prevalence': 'needs a pixel',
  'image.auroc': 'needs both good and defective images',
  'image.averagePrecision': 'needs a defective image',
  'reconstruction.mse': 'needs a reconstruction',
  'reconstruction.psnr': 'infinite or without a reconstruction: the mean squared error is 0 or undefined',
} as const;

/**
 * Scores as `results.json` holds them. JSON has no NaN, and 0 would be a lie: what isn't a finite number becomes null, and
 * `undefined` gets the reason under its path.
 *
 * @param reasons Replace the usual reason, by path.
 */
export function toScores(raw: RawScores, reasons: Partial<Record<MetricPath, string>> = {}): Scores {
  const missing: Record<string, string> = {};
  const defined = (path: MetricPath, value: number): number | null => {
    if (Number.isFinite(value)) return value;
    missing[path] = reasons[path] ?? WHY_UNDEFINED[path];
    return null;
  };
  const { pixel, image, reconstruction } = raw;
  const scores: Scores = {
    pixel: {
      auroc: defined('pixel.auroc', pixel.auroc),
      averagePrecision: defined('pixel.averagePrecision', pixel.averagePrecision),
      auPro30: defined('pixel.auPro30', pixel.auPro30),
      auPro05: defined('pixel.auPro05', pixel.auPro05),
      f1Max: defined('pixel.f1Max', pixel.f1Max),
      prevalence: defined('pixel.prevalence', pixel.prevalence),
    },
    image: {
      auroc: defined('image.auroc', image.auroc),
      averagePrecision: defined('image.averagePrecision', image.averagePrecision),
    },
  };
  if (reconstruction) {
    scores.reconstruction = {
      mse: defined('reconstruction.mse', reconstruction.mse),
      psnr: defined('reconstruction.psnr', reconstruction.psnr),
    };
  }
  if (Object.keys(missing).length > 0) scores.undefined = missing satisfies UndefinedReasons;
  return scores;
}
