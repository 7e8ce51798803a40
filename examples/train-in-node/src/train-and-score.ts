/** From contaminated images to scored anomaly maps, with the library alone: `fit`, `detect`, and metrics. */
import { createBackend } from '@rddpm/backend/auto';
import { createRng } from '@rddpm/core';
import { contaminate } from '@rddpm/data';
import { detect, type FitOptions, fit } from '@rddpm/diffusion';
import { type PixelMetrics, pixelMetrics } from '@rddpm/metrics';
import { stackImages, synthesize } from '@rddpm/mvtec';

export type Sizes = {
  readonly size: number;
  readonly normals: number;
  readonly testPerDefect: number;
};

/**
 * @param losses By the names that the results are to have. What else is set is the same for all, so that their difference is the loss alone.
 * @returns The metrics of each.
 */
export async function trainAndScore(
  { size, normals, testPerDefect }: Sizes,
  losses: Readonly<Record<string, NonNullable<FitOptions['loss']>>>,
  settings: Omit<FitOptions, 'backend' | 'loss'> & { readonly seed: number; readonly steps: number },
  log: (line: string) => void,
): Promise<Record<string, PixelMetrics>> {
  const rng = createRng(settings.seed);
  const backend = await createBackend();
  log(backend.device);

  // one defective image among the training images for every five normal ones, and nobody says which
  const dataset = synthesize({ kind: 'carpet', size, train: normals, testGood: testPerDefect, testPerDefect, rng: rng.fork('data') });
  const { samples } = contaminate(dataset.samples, { ratio: 0.2, rng: rng.fork('contamination') });
  const training = stackImages(samples.filter(({ split }) => split === 'train'));
  const test = samples.filter(({ split }) => split === 'test');

  const metrics: Record<string, PixelMetrics> = {};
  for (const [name, loss] of Object.entries(losses)) {
    const model = await fit(training, {
      ...settings,
      backend,
      loss,
      onEvent: (event) => {
        if (event.kind !== 'progress') return; // a 'checkpoint' is the place to store event.bytes
        log(`${name}, step ${event.step} of ${event.steps}: mean squared error ${Number(event.measures.meanSquaredError).toFixed(3)}`);
      },
    }); // modelFiles(model) are files to store it in
    const { maps } = await detect(model, stackImages(test), { backend });
    metrics[name] = pixelMetrics(test.map(({ mask }, i) => ({ map: maps.pick(i, null, null), mask, width: size, height: size })));
  }
  return metrics;
}
