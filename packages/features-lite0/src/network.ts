import type { Weights } from '@rddpm/core';
import { add, conv2d, depthwiseConv2d, div, mul, relu6, sub, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';

/** Of each block's depthwise convolution. */
const STRIDES = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1] as const;

export const BLOCKS: number = STRIDES.length;

/**
 * EfficientNet-Lite0 up to its block 10: outputs of the blocks that are asked for, [n, h / s, w / s, channels].
 *
 * @param weights As `convert.py` writes them: batch normalisation is part of the convolutions.
 * @param images [n, h, w, 3] in [0, 1]
 * @param blocks In rising order.
 * @see Tan and Le (2019), https://arxiv.org/abs/1905.11946; without squeeze-and-excitation and with ReLU6 as in
 *   https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite
 */
export function lite0(weights: Weights, images: Tensor4D, blocks: readonly number[]): Tensor4D[] {
  const weight = <T extends Tensor>(name: string) => weights[name] as T;
  const convolve = (x: Tensor4D, name: string, stride = 1) =>
    add<Tensor4D>(conv2d(x, weight<Tensor4D>(`${name}.weight`), stride, 'same'), weight(`${name}.bias`));
  const convolveDepthwise = (x: Tensor4D, name: string, stride: number) =>
    add<Tensor4D>(depthwiseConv2d(x, weight<Tensor4D>(`${name}.weight`), stride, 'same'), weight(`${name}.bias`));

  const outputs: Tensor4D[] = [];
  let x = relu6(convolve(div(sub(mul(images, 255), 127), 128), 'stem', 2));
  STRIDES.slice(0, 1 + Math.max(...blocks)).forEach((stride, i) => {
    const expanded = i === 0 ? x : relu6(convolve(x, `blocks.${i}.expand`));
    const filtered = relu6(convolveDepthwise(expanded, `blocks.${i}.depthwise`, stride));
    const projected = convolve(filtered, `blocks.${i}.project`);
    x = stride === 1 && projected.shape[3] === x.shape[3] ? add(x, projected) : projected;
    if (blocks.includes(i)) outputs.push(x);
  });
  return outputs;
}
