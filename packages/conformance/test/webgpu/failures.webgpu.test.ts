/** What a GPU that fails does to a run: it ends with a checkpoint and a reason, and the next run has a device that works. */
import { createBackend, type WebGpuBackend } from '@rddpm/backend/webgpu';
import { BackendError, createRng } from '@rddpm/core';
import { mseLoss } from '@rddpm/losses';
import { linearSchedule } from '@rddpm/scheduler';
import { StepError, type TrainEvent, train } from '@rddpm/trainer';
import { createUNet } from '@rddpm/unet';
import { backend as current, dispose, fill, mul, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';

const network = createUNet({ sampleSize: 8, inChannels: 1, blockOutChannels: [4], layersPerBlock: 1, normNumGroups: 4 });
const images = ndarray(
  Float32Array.from({ length: 2 * 64 }, (_, i) => 0.5 + 0.4 * Math.sin(i)),
  [2, 8, 8, 1],
);

const device = () => (current() as unknown as { readonly device: GPUDevice }).device;

function run(backend: WebGpuBackend, steps: number): AsyncGenerator<TrainEvent> {
  const rng = createRng('failures');
  const schedule = linearSchedule();
  return train({ network, loss: mseLoss, schedule, backend, images, steps, batchSize: 2, reportEvery: 1, checkpointEvery: 2, rng });
}

test('a device that is lost ends a run with its last checkpoint; another run goes on from it, on another device', async () => {
  const losing = run(await createBackend(), 10);
  let error: unknown;
  try {
    for await (const event of losing) if (event.kind === 'progress' && event.step === 3) device().destroy();
  } catch (reason) {
    error = reason;
  }
  expect(error).toBeInstanceOf(StepError);
  const { message, step, state, cause } = error as StepError;
  expect(cause).toBeInstanceOf(BackendError);
  expect(message).toMatch(
    /^train: step 3 failed \(backend\/webgpu: the GPU's device was lost, .*\); the error's state is from after 2 steps$/,
  );
  expect(step).toBe(3);

  const rng = createRng('failures');
  const backend = await createBackend();
  const schedule = linearSchedule();
  const options = { network, loss: mseLoss, schedule, backend, images, batchSize: 2, reportEvery: 1, rng };
  const resumed: number[] = [];
  for await (const event of train({ ...options, steps: 4, resume: state })) if (event.kind === 'progress') resumed.push(event.loss);
  const whole: number[] = [];
  for await (const event of train({ ...options, steps: 4 })) if (event.kind === 'progress') whole.push(event.loss);
  expect(resumed).toHaveLength(2);
  resumed.forEach((loss, i) => {
    expect(loss).toBeCloseTo(whole[2 + i]!, 5);
  });
});

test('reading from a lost device says so', async () => {
  const backend = await createBackend();
  const x = tensor1d(new Float32Array(5000)); // small ones stay on the host;
  const y = await backend.compile((x: Tensor) => mul(x, 2))(x);
  device().destroy();
  await expect(y.data()).rejects.toThrow(/the GPU's device was lost, it was destroyed/);
  await expect(backend.compile((x: Tensor) => mul(x, 2))(x)).rejects.toThrow(BackendError);
  dispose([x, y]);
});

test('a tensor that is too large for the device is an error, not zeros, and earlier results can still be read', async () => {
  const backend = await createBackend();
  const x = tensor1d([1, 2, 3]);
  const y = await backend.compile((x: Tensor) => mul(x, 2))(x);
  const tooLarge = backend.compile((x: Tensor) => mul(x, fill([2 ** 15, 2 ** 15, 3], 1)));
  await expect(tooLarge(x)).rejects.toThrow(/backend\/webgpu: (the GPU refused an operation|the GPU's memory ran out)/);
  expect([...(await y.data())]).toEqual([2, 4, 6]);
  dispose([x, y]);
  const fresh = await createBackend();
  const z = await fresh.compile((x: Tensor) => mul(x, 3))(tensor1d([1]));
  expect([...(await z.data())]).toEqual([3]);
});
