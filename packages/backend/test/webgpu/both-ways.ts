/** One function of tensors on WebGPU and on the cpu backend. */
import { createBackend as createCpuBackend } from '@rddpm/backend/cpu';
import { createBackend } from '@rddpm/backend/webgpu';
import { createRng } from '@rddpm/core';
import { dispose, setBackend, type Tensor, tensor, util } from '@tensorflow/tfjs';
import { expect } from 'vitest';

const webgpu = await createBackend();
await createCpuBackend();

export type Input = { readonly shape: readonly number[]; readonly data: Float32Array };

const rng = createRng('kernels');
let draws = 0;

export function normal(...shape: number[]): Input {
  return { shape, data: rng.fork(`draw ${draws++}`).normal(new Float32Array(util.sizeFromShape(shape))) };
}

export const between = (least: number, most: number) => least + rng.fork(`between ${draws++}`).integer(most - least + 1);

/** Every element within `tolerance` of the cpu backend's, relative to the largest there; a leak is an error. */
export async function expectSame(inputs: readonly Input[], fn: (...tensors: Tensor[]) => Tensor[], tolerance = 1e-5): Promise<void> {
  const actual = await on('webgpu', inputs, fn);
  const expected = await on('cpu', inputs, fn);
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  expected.forEach(({ data }, k) => {
    const scale = data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6);
    data.forEach((value, i) => {
      const error = Math.abs(actual[k]!.data[i]! - value) / scale;
      if (!(error <= tolerance)) expect.fail(`result ${k}, element ${i}: ${actual[k]!.data[i]} instead of ${value} (scale ${scale})`);
    });
  });
}

async function on(name: string, inputs: readonly Input[], fn: (...tensors: Tensor[]) => Tensor[]): Promise<Input[]> {
  await setBackend(name);
  const tensors = inputs.map(({ shape, data }) => tensor(data, [...shape]));
  const run = (tensors: Tensor[]) => fn(...tensors);
  const results = name === 'webgpu' ? await webgpu.compile(run)(tensors) : run(tensors);
  const host = await Promise.all(results.map(async (result) => ({ shape: result.shape, data: await result.data<'float32'>() })));
  dispose([tensors, results] as never);
  return host;
}
