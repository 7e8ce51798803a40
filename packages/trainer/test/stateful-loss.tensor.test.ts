import { backend, expectClose, expectNoLeak } from '@rddpm/conformance';
import { createRng, type DenoisingNetwork, type LossMemory, type StatefulLoss } from '@rddpm/core';
import { linearSchedule } from '@rddpm/scheduler';
import { add, cast, equal, exp, mean, mul, range, reshape, type Scalar, scalar, square, sub, sum, zeros } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { decodeState, encodeState, type TrainOptions, train } from '../src/index.ts';
import { runToEnd } from './run-to-end.ts';
import { squaredError, toyNetwork } from './toy-network.ts';

/** Counts how often each image was seen and at which step last, and learns the logarithm of the error's scale. */
const counting: StatefulLoss = {
  init: (images) => ({ state: { seen: zeros([images]), 'last.step': scalar(-1) }, learned: { 'log.scale': scalar(0.5) } }),
  apply(prediction, target, { index, step }, { state, learned }) {
    const logScale = learned['log.scale'] as Scalar;
    const [images] = state.seen!.shape as [number];
    const hits = cast(equal(reshape(index, [-1, 1]), reshape(range(0, images, 1, 'int32'), [1, images])), 'float32');
    return {
      loss: add(mul(exp(mul(logScale, -1)), mean(square(sub(prediction, target)))), logScale), // lowest where the scale is the error
      state: { seen: add(state.seen!, sum(hits, 0)), 'last.step': add(mul(state['last.step']!, 0), step) },
    };
  },
};

const options = (changes: Partial<TrainOptions> = {}): TrainOptions => ({
  network: toyNetwork(2),
  loss: counting,
  schedule: linearSchedule(),
  backend,
  images: ndarray(new Float32Array(3 * 32).fill(0.5), [3, 4, 4, 2]),
  steps: 6,
  rng: createRng(0),
  batchSize: 4,
  learningRate: 0.05,
  ...changes,
});

const finalState = async (changes: Partial<TrainOptions> = {}) => (await runToEnd(train(options(changes)))).state;

test('what a loss remembers goes from step to step', async () => {
  const { lossState } = await finalState();
  expect([...lossState.seen!.data]).toEqual([8, 8, 8]); // 24 draws of three images, in whole epochs
  expectClose(lossState['last.step']!, { shape: [], data: Float32Array.of(5) });
});

test('what it learns is moved by AdamW at its own rate, without decay', async () => {
  const { learned, learnedMoments } = await finalState({ steps: 1, lossLearningRate: 0.03, weightDecay: 10 });
  const slope = Math.sign(learnedMoments.moment1!['log.scale']!.data[0]!);
  expect(slope).not.toBe(0);
  expectClose(learned['log.scale']!, { shape: [], data: Float32Array.of(0.5 - 0.03 * slope) }, 1e-5); // the first step is the rate long
});

test('what it learns converges: here to the logarithm of the mean squared error', async () => {
  const network: DenoisingNetwork = { init: () => ({ w: scalar(1) }), predict: ({ w }, x) => mul(mul(x, w!), 0) };
  const { learned } = await finalState({ network, steps: 200, lossLearningRate: 0.05, weightDecay: 0 });
  expectClose(learned['log.scale']!.data, [0], 0.1); // standard normal noise, predicted as 0
});

test('runs of a loss with and without memory start from the same weights and see the same batches', async () => {
  const same: StatefulLoss = {
    init: () => ({ state: {}, learned: {} }),
    apply: (...args) => ({ loss: squaredError(args[0], args[1], args[2]), state: {} }),
  };
  expect(await finalState({ loss: same })).toEqual(await finalState({ loss: squaredError }));
});

test('a run that was stopped, stored and resumed ends with the same bits', async () => {
  const whole = await finalState();
  const part = await finalState({ steps: 3 });
  expect(await finalState({ resume: decodeState(encodeState(part)) })).toEqual(whole);
});

test('nothing is left behind', async () => {
  await finalState({ steps: 1 }); // what a backend keeps for good, it keeps now
  await expectNoLeak(() => finalState());
});

test('refuses a state of another loss, and a loss that forgets or reshapes what it remembers', async () => {
  const plain = await finalState({ loss: squaredError, steps: 2 });
  await expect(finalState({ resume: plain })).rejects.toThrow("train: resume.lossState lacks the loss's parameter 'seen'");
  const own = await finalState({ steps: 2 });
  await expect(finalState({ loss: squaredError, resume: own })).rejects.toThrow(
    "train: resume.lossState has a parameter 'seen' that the loss does not have",
  );
  const returning = (state: (memory: LossMemory) => LossMemory['state']): StatefulLoss => ({
    ...counting,
    apply: (prediction, target, context, memory) => ({ ...counting.apply(prediction, target, context, memory), state: state(memory) }),
  });
  const forgetful = returning(({ state }) => ({ seen: state.seen! }));
  await expect(finalState({ loss: forgetful })).rejects.toThrow("train: the loss's new state lacks 'last.step'");
  const reshaping = returning(({ state }) => ({ ...state, seen: reshape(state.seen!, [3, 1]) }));
  await expect(finalState({ loss: reshaping })).rejects.toThrow("train: the loss's new state: 'seen' is [3,1]; it must be [3]");
});

test.each([0, -1, Number.NaN])('refuses lossLearningRate = %d', (lossLearningRate) => {
  const message = `train: lossLearningRate is ${lossLearningRate}; it must be a finite number above 0`;
  expect(() => train(options({ lossLearningRate }))).toThrow(message);
});
