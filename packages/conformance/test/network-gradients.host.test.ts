/** A network large enough for blocks of channels has the gradients of the graph that `toOnnx` writes for any tool, without blocks. */
import { createBackend } from '@rddpm/backend/onnx';
import { expectClose } from '@rddpm/conformance';
import { createRng, type HostTensor, toHost, type Weights } from '@rddpm/core';
import { toOnnx } from '@rddpm/tfjs-onnx';
import { createUNet } from '@rddpm/unet';
import {
  cos,
  dispose,
  mean,
  mul,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  valueAndGrads,
} from '@tensorflow/tfjs-core';
import ort from 'onnxruntime-node';
import { expect, test } from 'vitest';

const network = createUNet({
  sampleSize: 32,
  blockOutChannels: [16, 32],
  downBlockTypes: ['DownBlock2D', 'AttnDownBlock2D'],
  upBlockTypes: ['AttnUpBlock2D', 'UpBlock2D'],
  attentionHeadDim: null,
});

type Input = { readonly weights: Weights; readonly x: Tensor4D; readonly t: Tensor1D };

function gradients({ weights, x, t }: Input): Weights {
  const names = Object.keys(weights);
  const loss = (...values: Tensor[]) => {
    const predicted = network.predict(Object.fromEntries(names.map((name, i) => [name, values[i]!])), x, t);
    return mean(mul(predicted, cos(x)));
  };
  const { grads } = valueAndGrads(loss as never)(names.map((name) => weights[name]!));
  return Object.fromEntries(names.map((name, i) => [name, grads[i]!]));
}

async function withoutBlocks(input: Input): Promise<Record<string, HostTensor>> {
  const session = await ort.InferenceSession.create(toOnnx(gradients, input));
  const { weights, x, t } = input;
  const tensors = [
    ...Object.entries(weights).map(([name, value]) => [`in.weights.${name}`, value] as const),
    ['in.x', x],
    ['in.t', t],
  ] as const;
  const feeds = tensors.map(([name, value]) => [name, new ort.Tensor(value.dtype as 'float32', value.dataSync<'float32'>(), value.shape)]);
  const outputs = await session.run(Object.fromEntries(feeds));
  const entries = Object.entries(outputs).map(([name, { data, dims }]) => [name.slice(4), { data: data as Float32Array, shape: dims }]);
  return Object.fromEntries(entries);
}

const backend = await createBackend();

test.each([1, 3])('a batch of %i', async (n) => {
  const rng = createRng('network gradients');
  const x = tensor4d(rng.normal(new Float32Array(n * 32 * 32 * 3)), [n, 32, 32, 3]);
  const input = { weights: network.init(rng), x, t: tensor1d(new Array(n).fill(321), 'int32') };
  const expected = await withoutBlocks(input);
  const computed = await backend.compile(gradients)(input);
  const actual = await toHost(computed);
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, { data }] of Object.entries(expected)) {
    const size = Math.max(...data.map(Math.abs), 1e-6); // a key's bias has no gradient: softmax doesn't see it
    const scaled = (values: Float32Array) => values.map((value) => value / size);
    expectClose(scaled(actual[name]!.data as Float32Array), scaled(data as Float32Array), 1e-3);
  }
  dispose([input, computed] as never);
});
