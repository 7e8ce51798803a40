/** Twenty training steps and a detection with a tiny network, from one seed. */
import { type Backend, createRng, type HostWeights, type ImageBatch, type Loss, type StatefulLoss, toTensors } from '@rddpm/core';
import { createDetector } from '@rddpm/detector';
import { adaptiveLoss, huberLoss, imageTrust, ltsLoss, mseLoss } from '@rddpm/losses';
import { ddimSampler, linearSchedule } from '@rddpm/scheduler';
import { type TrainState, train } from '@rddpm/trainer';
import { createUNet } from '@rddpm/unet';
import { dispose } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';

export const STEPS = 20;

const network = createUNet({ sampleSize: 8, inChannels: 1, blockOutChannels: [4, 8], layersPerBlock: 1, normNumGroups: 4 });
const schedule = linearSchedule();

const LOSSES = {
  mseLoss,
  huberLoss: (prediction, target) => huberLoss(prediction, target),
  ltsLoss: (prediction, target) => ltsLoss(prediction, target, { keep: 0.5 }),
  adaptiveLoss: adaptiveLoss(),
  imageTrust: imageTrust((prediction, target) => mseLoss(prediction, target, { reduction: 'per-sample' }), {
    mode: 'soft',
    warmupSteps: 5,
  }),
} satisfies Readonly<Record<string, Loss | StatefulLoss>>;

export type LossName = keyof typeof LOSSES;

export const LOSS_NAMES = Object.keys(LOSSES) as LossName[];

export type WholeRun = { readonly losses: readonly number[]; readonly weights: HostWeights; readonly maps: Float32Array };

export async function wholeRun(backend: Backend, name: LossName, steps = STEPS): Promise<WholeRun> {
  const losses: number[] = [];
  let state: TrainState | undefined;
  const loss: Loss | StatefulLoss = LOSSES[name];
  const options = { network, loss, schedule, backend, images: images(6), steps, batchSize: 2, reportEvery: 1, rng: createRng('whole run') };
  for await (const event of train(options)) {
    if (event.kind === 'progress') losses.push(event.loss);
    else if (event.kind === 'checkpoint') state = event.state;
  }
  const weights = toTensors(state!.ema);
  const detection = { evaluations: 3, draws: 1, batchSize: 2, rng: createRng('detection') };
  const { maps } = await createDetector({ network, weights, schedule, sampler: ddimSampler(schedule), backend, ...detection }).detect(
    images(3),
  );
  dispose(weights as never);
  return { losses, weights: state!.ema, maps: Float32Array.from(maps.data) };
}

/** Waves of several directions. */
function images(n: number): ImageBatch {
  const batch = ndarray(new Float32Array(n * 64), [n, 8, 8, 1]);
  for (let i = 0; i < n; i++) {
    for (let y = 0; y < 8; y++) for (let x = 0; x < 8; x++) batch.set(i, y, x, 0, 0.5 + 0.4 * Math.sin(y * (1 + (i % 3)) + x + i));
  }
  return batch;
}
