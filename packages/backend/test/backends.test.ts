import { createBackend as createAutoBackend } from '@rddpm/backend/auto';
import { createBackend as createCpuBackend } from '@rddpm/backend/cpu';
import { createBackend as createOnnxBackend } from '@rddpm/backend/onnx';
import { getBackend, memory, mul, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

const entries = { cpu: createCpuBackend, onnx: createOnnxBackend, auto: createAutoBackend };

test.each(Object.entries(entries))('%s compiles a function and keeps nothing but its result', async (_, createBackend) => {
  const backend = await createBackend();
  const x = tensor1d([1, 2, 3]);
  const triple = backend.compile((x: Tensor) => mul(mul(x, 3), 1));
  const before = memory().numTensors;
  const y = await triple(x);
  expect(memory().numTensors).toBe(before + 1);
  expect([...(await y.data())]).toEqual([3, 6, 9]);
});

test('auto takes onnx where onnxruntime-node is installed', async () => {
  expect((await createAutoBackend()).name).toBe('onnx');
});

test('onnx says what it runs on, and runs on as many threads as it is told', async () => {
  expect((await createOnnxBackend({ threads: 1 })).device).toMatch(/^CPU, 1 thread \(ONNX Runtime \d+\.\d+\.\d+\)$/);
  expect((await createOnnxBackend({ threads: 2 })).device).toMatch(/^CPU, 2 threads/);
  expect(getBackend()).toBe('cpu');
});
