import { conv2d, engine, type Tensor, type Tensor4D, zeros } from '@tensorflow/tfjs-core';
import { encodeModel } from './encode.ts';
import type { OnnxRuntime } from './onnx-runtime.ts';
import { record } from './trace.ts';

/** With AVX-512 or NEON, and with AVX2. */
const BLOCKS = [16, 8];

const known = new WeakMap<OnnxRuntime, Promise<number>>();

/**
 * How many channels make a block in the runtime's blocked layout on this processor; 0 where it has none. Nothing tells, so a
 * small convolution and its gradients are computed both ways.
 */
export function blockOf(runtime: OnnxRuntime): Promise<number> {
  let block = known.get(runtime);
  if (!block) {
    block = findBlock(runtime);
    known.set(runtime, block);
    block.catch(() => known.delete(runtime));
  }
  return block;
}

async function findBlock(runtime: OnnxRuntime): Promise<number> {
  const expected = await convolve(runtime, 0);
  for (const block of BLOCKS) {
    const actual = await convolve(runtime, block).catch(() => undefined); // a runtime without the operators
    if (actual?.every((output, i) => output.every((value, k) => Math.abs(value - expected[i]![k]!) < 1e-3))) return block;
  }
  return 0;
}

/** A convolution and its two gradients, of made-up numbers. */
async function convolve(runtime: OnnxRuntime, block: number): Promise<Float32Array[]> {
  const args = { x: zeros([1, 32, 32, 16]), filter: zeros([3, 3, 16, 32]), dy: zeros([1, 32, 32, 32]) };
  const attributes = { strides: 1, pad: 'same' };
  const { graph } = record(
    ({ x, filter, dy }: typeof args) => ({
      y: conv2d(x as Tensor4D, filter as Tensor4D, 1, 'same') as Tensor,
      dx: engine().runKernel('Conv2DBackpropInput', { dy, filter }, { ...attributes, inputShape: x.shape }) as Tensor,
      dfilter: engine().runKernel('Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape: filter.shape }) as Tensor,
    }),
    args,
    block,
  );
  for (const tensor of Object.values(args)) tensor.dispose();
  const session = await runtime.InferenceSession.create(encodeModel(graph), { logSeverityLevel: 4 });
  const feeds = graph.inputs.map(({ name, shape }) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i));
    return [name, new runtime.Tensor('float32', values, shape)];
  });
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  return graph.outputs.map(({ name }) => outputs[name]!.data as Float32Array);
}
