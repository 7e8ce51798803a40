/** On TensorFlow. What is said where it is missing: tensorflow/node.host.test.ts. */
import { readdirSync } from 'node:fs';
import { createBackend as createCpuBackend } from '@rddpm/backend/cpu';
import { createBackend, type TensorflowBackend } from '@rddpm/backend/tensorflow';
import { type Backend, BackendError, ConfigError } from '@rddpm/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { stepArguments, trainingStep, values } from './browser/training-step.ts';

/** Far more than TensorFlow would start by itself on a machine with fewer cores. */
const THREADS = 32;

let backend: TensorflowBackend;
let threadsBefore: number;

beforeAll(async () => {
  threadsBefore = threadsOfProcess();
  backend = await createBackend({ threads: THREADS });
});

test('it says what it runs on, and is the current backend of TensorFlow.js', () => {
  expect(backend.device).toMatch(/^CPU, 32 threads \(TensorFlow \d+\.\d+\.\d+\)$/);
  expect(backend).toMatchObject({ name: 'tensorflow', gpu: false });
  expect(tf.getBackend()).toBe('tensorflow');
});

test('it starts the threads that it is told', (context) => {
  context.skip(process.platform !== 'linux', 'only Linux has /proc to count them in');
  expect(threadsOfProcess() - threadsBefore).toBeGreaterThanOrEqual(THREADS);
});

test('it starts once per process: other threads are refused', async () => {
  await expect(createBackend({ threads: 1 })).rejects.toThrow(
    new BackendError('backend/tensorflow: threads is 1, but TensorFlow has started in this process with 32, for good'),
  );
  expect((await createBackend({ threads: THREADS })).device).toBe(backend.device);
  expect((await createBackend()).device).toBe(backend.device);
});

test('it trains as plain JavaScript does', async () => {
  const actual = await onBackend(await createBackend(), () => trainingStep(stepArguments()));
  const expected = await onBackend(await createCpuBackend(), () => trainingStep(stepArguments()));
  expectAllClose(actual, expected);
});

// tfjs-node has no gradients for padding in numbers: these are ours
test.each([
  { strides: 1, pad: 2 },
  { strides: 2, pad: 1 },
  {
    strides: 2,
    pad: [
      [0, 0],
      [0, 1],
      [0, 1],
      [0, 0],
    ],
  },
  {
    strides: 1,
    pad: [
      [0, 0],
      [3, 0],
      [1, 2],
      [0, 0],
    ],
  },
  { strides: 2, pad: 'same' },
  { strides: 1, pad: 'valid' },
] as const)('gradients of a convolution with strides $strides and padding $pad are those of plain JavaScript', async ({ strides, pad }) => {
  const gradients = () => {
    const { filter, x } = stepArguments();
    const output = (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.sum(tf.square(tf.conv2d(x, filter, strides, pad as never)));
    const [dx, dFilter] = tf.grads(output as never)([x, filter]);
    return { dx: dx!, dFilter: dFilter! };
  };
  const actual = await onBackend(await createBackend(), gradients);
  const expected = await onBackend(await createCpuBackend(), gradients);
  expectAllClose(actual, expected);
});

test('a hundred training steps leave no tensor behind, in TensorFlow.js or in TensorFlow', async () => {
  const { x, target, filter } = stepArguments();
  const step = (await createBackend()).compile(trainingStep);
  const { binding } = tf.backend() as unknown as { binding: { getNumOfTensors(): number } };
  let trained = await step({ x, target, filter });
  await values(trained);
  const before = [tf.memory().numTensors, binding.getNumOfTensors()];
  for (let i = 0; i < 100; i++) {
    const next = await step({ x, target, filter: trained.filter as tf.Tensor4D });
    await values(next);
    tf.dispose(trained);
    trained = next;
  }
  expect([tf.memory().numTensors, binding.getNumOfTensors()]).toEqual(before);
  tf.dispose([x, target, filter, trained] as never);
});

test('it wants a whole number of threads', async () => {
  await expect(createBackend({ threads: 0.5 })).rejects.toThrow(ConfigError);
});

async function onBackend(backend: Backend, compute: () => Record<string, tf.Tensor>): Promise<Record<string, number[]>> {
  const result = await backend.compile(compute)({});
  const numbers = await values(result);
  tf.dispose(result);
  return numbers;
}

function expectAllClose(actual: Record<string, number[]>, expected: Record<string, number[]>): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, numbers] of Object.entries(expected)) {
    expect(actual[name]!.length).toBe(numbers.length);
    actual[name]!.forEach((value, i) => {
      expect(value).toBeCloseTo(numbers[i]!, 4);
    });
  }
}

const threadsOfProcess = () => (process.platform === 'linux' ? readdirSync('/proc/self/task').length : Number.NaN);
