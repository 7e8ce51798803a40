/** What a trainer and a detector do with pictures that are no squares, with a real network between them. */
import { backend } from '@rddpm/conformance';
import { createRng, toTensors } from '@rddpm/core';
import { createDetector } from '@rddpm/detector';
import { mseLoss } from '@rddpm/losses';
import { ddimSampler, linearSchedule } from '@rddpm/scheduler';
import { type TrainState, train } from '@rddpm/trainer';
import { createUNet } from '@rddpm/unet';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';

test('a U-Net that learnt a grey of 4 x 8 pixels finds the pixel that is not', async () => {
  const network = createUNet({ sampleSize: [4, 8], inChannels: 1, blockOutChannels: [4, 4], layersPerBlock: 1, normNumGroups: 2 });
  const schedule = linearSchedule();
  const grey = (n: number) => ndarray(new Float32Array(n * 4 * 8).fill(0.5), [n, 4, 8, 1]);
  const prediction = 'sample'; // grey is 0 for the network: soon learnt
  const rng = createRng(0);
  let state: TrainState | undefined;
  const options = { network, loss: mseLoss, schedule, prediction, backend, images: grey(3), rng, emaDecay: 0 } as const;
  for await (const event of train({ ...options, steps: 40, batchSize: 4, learningRate: 0.02 })) {
    if (event.kind === 'checkpoint') state = event.state;
  }
  const weights = toTensors(state!.ema);
  const sampler = ddimSampler(schedule, { prediction });
  const smoothing = { sigma: 0, unit: 'pixels' } as const;
  const detector = createDetector({ network, weights, schedule, sampler, backend, rng, evaluations: 2, batchSize: 4, smoothing });
  const images = grey(2);
  images.set(0, 2, 5, 0, 1);
  images.set(1, 1, 7, 0, 0);
  const { maps, reconstructions } = await detector.detect(images);
  dispose(weights as Record<string, Tensor>);
  expect([maps.shape, reconstructions.shape]).toEqual([
    [2, 4, 8],
    [2, 4, 8, 1],
  ]);
  const highest = [0, 1].map((i) => {
    const map = [...maps.data.subarray(i * 32, (i + 1) * 32)];
    return map.indexOf(Math.max(...map));
  });
  expect(highest).toEqual([2 * 8 + 5, 1 * 8 + 7]);
});
