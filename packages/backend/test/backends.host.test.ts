import { createBackend as createAutoBackend } from '@rddpm/backend/auto';
import { createBackend as createCpuBackend } from '@rddpm/backend/cpu';
import { createBackend as createOnnxBackend } from '@rddpm/backend/onnx';
import { BackendError, ConfigError } from '@rddpm/core';
import { getBackend, memory, mul, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { listSupportedBackends } from 'onnxruntime-node';
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

test('auto takes the first that works: a GPU through tensorflow or webgpu, then onnx', async () => {
  const order = ['tensorflow', 'webgpu', 'onnx', 'cpu'];
  const passedOver = new Map<string, Error>();
  const backend = await createAutoBackend({ onSkip: (name, error) => passedOver.set(name, error) });
  expect([...passedOver.keys()]).toEqual(order.slice(0, order.indexOf(backend.name)));
  for (const error of passedOver.values()) expect(error).toBeInstanceOf(BackendError);
  expect(backend.name).not.toBe('cpu'); // onnxruntime-node is installed here
});

test('onnx says what it runs on, and runs on as many threads as it is told', async () => {
  expect((await createOnnxBackend({ threads: 1 })).device).toMatch(/^CPU, 1 thread \(ONNX Runtime \d+\.\d+\.\d+\)$/);
  expect((await createOnnxBackend({ threads: 2 })).device).toMatch(/^CPU, 2 threads/);
  expect(getBackend()).toBe('cpu');
});

test('onnx refuses an execution provider that its runtime lacks, alone or before the CPU', async () => {
  const absent = process.platform === 'win32' ? 'coreml' : 'dml';
  for (const executionProviders of [[absent], [absent, 'cpu'], [{ name: absent }]]) {
    const creation = createOnnxBackend({ executionProviders });
    await expect(creation).rejects.toThrow(new RegExp(`has no execution provider '${absent}'; it has cpu, `));
    await expect(creation).rejects.toThrow(BackendError);
  }
});

test('onnx runs on a provider that it was told to use, or says why it cannot, and never on the CPU instead', async () => {
  for (const { name } of listSupportedBackends()) {
    const outcome = await createOnnxBackend({ executionProviders: [name], threads: 1 }).then(
      ({ device }) => device,
      (error: Error) => error,
    );
    if (outcome instanceof BackendError) expect(outcome.message).toContain(`the execution providers ${name} don't start here: `);
    else expect(`${outcome}`.startsWith('CPU')).toBe(name === 'cpu');
  }
});

test('onnx wants a whole number of threads, and a provider', async () => {
  await expect(createOnnxBackend({ threads: 0 })).rejects.toThrow('backend/onnx: threads is 0; it must be a whole number of at least 1');
  await expect(createOnnxBackend({ executionProviders: [] })).rejects.toThrow(ConfigError);
});
