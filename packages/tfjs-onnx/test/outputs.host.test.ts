import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { nodeOutputs, withOutputs } from '../src/index.ts';
import { TENSORS, twoConvolutions } from './two-convolutions.ts';

const model = twoConvolutions({ batch: 1, sides: [2, 2], layout: 'nchw' });

test('names what nodes compute, in the order of computation', () => {
  expect(nodeOutputs(model)).toEqual([...TENSORS]);
});

test('adds outputs behind those that there are', async () => {
  const session = await InferenceSession.create(withOutputs(model, ['doubled', 'y', 'tripled']));
  expect(session.outputNames).toEqual(['y', 'doubled', 'tripled']);
  const x = Float32Array.from({ length: 12 }, (_, i) => i - 6);
  const { doubled, tripled, y } = await session.run({ x: new Tensor('float32', x, [1, 3, 2, 2]) });
  expect([...(doubled!.data as Float32Array)]).toEqual([...x].map((value) => 2 * value));
  expect([...(tripled!.data as Float32Array)]).toEqual([-36, 12]); // the upper left pixels of red and blue, times 6
  expect([...(y!.data as Float32Array)]).toEqual([0, 12]);
});

test('of bytes that are no file of protobuf it throws, of others without a graph there is nothing', () => {
  expect(() => nodeOutputs(new Uint8Array([0x3a, 200, 1, 2]))).toThrow();
  expect(nodeOutputs(new TextEncoder().encode(''))).toEqual([]);
});
