/** From contaminated images to scored anomaly maps, with the library alone. */
import { createBackend } from '@rddpm/backend/auto';
import { createRng, toTensors } from '@rddpm/core';
import { createDetector } from '@rddpm/detector';
import { createLoss } from '@rddpm/losses/config';
import { type PixelMetrics, pixelMetrics } from '@rddpm/metrics';
import { contaminate, stackImages, synthesize } from '@rddpm/mvtec';
import { ddimSampler, linearSchedule } from '@rddpm/scheduler';
import { train } from '@rddpm/trainer';
import { createUNet } from '@rddpm/unet';
import { dispose } from '@tensorflow/tfjs-core';

export type Settings = {
  readonly size: number;
  readonly normals: number;
  readonly testPerDefect: number;
  readonly channels: readonly number[];
  readonly steps: number;
  readonly evaluations: number;
  readonly log: (line: string) => void;
};

export async function trainAndScore({ size, normals, testPerDefect, channels, steps, evaluations, log }: Settings): Promise<PixelMetrics> {
  const rng = createRng(0);
  const backend = await createBackend();
  log(backend.device);

  // one defective image among the training images for every five normal ones, and nobody says which
  const dataset = synthesize({ kind: 'carpet', size, train: normals, testGood: testPerDefect, testPerDefect, rng: rng.fork('data') });
  const { samples } = contaminate(dataset.samples, { ratio: 0.2, rng: rng.fork('contamination') });
  const training = samples.filter(({ split }) => split === 'train');
  const test = samples.filter(({ split }) => split === 'test');

  const network = createUNet({ sampleSize: size, blockOutChannels: channels });
  const schedule = linearSchedule();
  const loss = createLoss({ name: 'huber', delta: 0.2 });
  const run = train({ network, loss, schedule, backend, images: stackImages(training), steps, rng: rng.fork('training') });
  let weights = {};
  for await (const event of run) {
    if (event.kind === 'progress') log(`step ${event.step} of ${steps}: mean squared error ${event.meanSquaredError.toFixed(3)}`);
    else weights = event.state.ema; // store encodeState(event.state) here to resume later
  }

  const tensors = toTensors(weights);
  const sampler = ddimSampler(schedule);
  const detector = createDetector({ network, weights: tensors, schedule, sampler, backend, evaluations, rng: rng.fork('detection') });
  const { maps } = await detector.detect(stackImages(test));
  dispose({ ...tensors });
  return pixelMetrics(test.map(({ mask }, i) => ({ map: maps.pick(i, null, null), mask, width: size, height: size })));
}
