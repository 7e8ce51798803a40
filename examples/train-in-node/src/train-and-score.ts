/** From contaminated images to scored anomaly maps, with the library alone. */
import { createBackend } from '@rddpm/backend/auto';
import { createRng } from '@rddpm/core';
import { contaminate } from '@rddpm/data';
import { type PixelMetrics, pixelMetrics, type ScoredImage } from '@rddpm/metrics';
import { stackImages, synthesize } from '@rddpm/mvtec';
import { type Settings, trainAndDetect } from '../../train.ts';

export type Sizes = {
  readonly size: number;
  readonly normals: number;
  readonly testPerDefect: number;
};

/** @returns The metrics of each method. */
export async function trainAndScore(
  { size, normals, testPerDefect }: Sizes,
  settings: Settings,
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

  const scored: Record<string, ScoredImage[]> = Object.fromEntries(settings.methods.map(({ name }) => [name, []]));
  for await (const event of trainAndDetect({ settings, backend, training, test: stackImages(test) })) {
    const { kind, method } = event; // a 'checkpoint' is the place to store encodeState(event.state), a 'model' encodeModel(event.model)
    if (kind === 'progress')
      log(`${method}, step ${event.step} of ${settings.steps}: mean squared error ${event.meanSquaredError.toFixed(3)}`);
    if (kind === 'detection') {
      const { maps } = event.detection;
      for (let i = 0; i < maps.shape[0]!; i++) {
        scored[method]!.push({ map: maps.pick(i, null, null), mask: test[event.first + i]!.mask, width: size, height: size });
      }
    }
  }
  return Object.fromEntries(Object.entries(scored).map(([method, images]) => [method, pixelMetrics(images)]));
}
