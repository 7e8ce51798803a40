/** Training and detection from one seed: the same on the backend under test as on TensorFlow.js in plain JavaScript. */
import { createBackend } from '@rddpm/backend/cpu';
import { backend, expectClose, expectNoLeak } from '@rddpm/conformance';
import { type Backend, createRng, type HostWeights, type ImageBatch, type Loss, type StatefulLoss, toTensors } from '@rddpm/core';
import { createDetector } from '@rddpm/detector';
import { adaptiveLoss, huberLoss, imageTrust, ltsLoss, mseLoss } from '@rddpm/losses';
import { ddimSampler, linearSchedule } from '@rddpm/scheduler';
import { type TrainState, train } from '@rddpm/trainer';
import { createUNet } from '@rddpm/unet';
import { dispose } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';

const STEPS = 20;
const network = createUNet({ sampleSize: 8, inChannels: 1, blockOutChannels: [4, 8], layersPerBlock: 1, normNumGroups: 4 });
const schedule = linearSchedule();
const losses: Readonly<Record<string, Loss | StatefulLoss>> = {
  mseLoss,
  huberLoss: (prediction, target) => huberLoss(prediction, target),
  ltsLoss: (prediction, target) => ltsLoss(prediction, target, { keep: 0.5 }),
  adaptiveLoss: adaptiveLoss(),
  imageTrust: imageTrust((prediction, target) => mseLoss(prediction, target, { reduction: 'per-sample' }), { mode: 'soft', warmup: 5 }),
};

/** Waves of several directions. */
function images(n: number): ImageBatch {
  const batch = ndarray(new Float32Array(n * 64), [n, 8, 8, 1]);
  for (let i = 0; i < n; i++) {
    for (let y = 0; y < 8; y++) for (let x = 0; x < 8; x++) batch.set(i, y, x, 0, 0.5 + 0.4 * Math.sin(y * (1 + (i % 3)) + x + i));
  }
  return batch;
}

async function run(
  on: Backend,
  loss: Loss | StatefulLoss,
  steps = STEPS,
): Promise<{ losses: number[]; state: TrainState; maps: ImageBatch }> {
  const reported: number[] = [];
  let state: TrainState | undefined;
  const events = train({
    network,
    loss,
    schedule,
    backend: on,
    images: images(6),
    steps,
    batchSize: 2,
    reportEvery: 1,
    rng: createRng('whole run'),
  });
  for await (const event of events) {
    if (event.kind === 'progress') reported.push(event.loss);
    else if (event.kind === 'checkpoint') state = event.state;
  }
  const weights = toTensors(state!.ema);
  const rng = createRng('detection');
  const options = { network, weights, schedule, sampler: ddimSampler(schedule), backend: on, rng, evaluations: 3, draws: 1, batchSize: 2 };
  const { maps } = await createDetector(options).detect(images(3));
  dispose(weights as never);
  return { losses: reported, state: state!, maps };
}

// float32 sums in another order differ by 1e-6 or so in a gradient; AdamW's first steps have the size of the learning rate whatever the
// gradient's size, so the few parameters whose gradients are nearly 0 may move the other way, by 2 x 2e-4 apart at a step.
const LOSS_TOLERANCE = 1e-4;
const MAP_TOLERANCE = 1e-3;
const WEIGHT_TOLERANCE = 1e-3;
const UNSTABLE_WEIGHTS = 0.005;
const UNSTABLE_TOLERANCE = STEPS * 2 * 2e-4;

test.each(Object.entries(losses))(`${STEPS} steps with %s, then a detection, agree with plain JavaScript`, async (_, loss) => {
  const actual = await run(backend, loss);
  const expected = await run(await createBackend(), loss);
  expect(actual.losses).toHaveLength(STEPS);
  expectClose(actual.losses, expected.losses, LOSS_TOLERANCE);
  expectCloseWeights(actual.state.ema, expected.state.ema);
  expectClose(actual.maps.data, expected.maps.data, MAP_TOLERANCE);
});

test('100 steps and a detection leave no tensor behind', async () => {
  await expectNoLeak(() => run(backend, mseLoss, 100));
});

function expectCloseWeights(actual: HostWeights, expected: HostWeights): void {
  let size = 0;
  let unstable = 0;
  for (const [name, { data }] of Object.entries(expected)) {
    expectClose(actual[name]!.data, data, UNSTABLE_TOLERANCE);
    size += data.length;
    unstable += data.filter((value, i) => Math.abs(actual[name]!.data[i]! - value) > WEIGHT_TOLERANCE).length;
  }
  expect(unstable / size, 'share of weights that differ').toBeLessThan(UNSTABLE_WEIGHTS);
}
