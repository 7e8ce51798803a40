/**
 * Convolutions channel by channel (depthwise) and over three axes, with their gradients, in one form: `groups` is how many sets of
 * channels go their own ways, all channels or 1. Filters lie in TensorFlow.js as [..., in, out] and in ONNX with channels first.
 */
import { inOrder, nameIn, type Traced } from '../traced.ts';
import { type KernelCall, operand, result, type Translation } from './translation.ts';
import { channelsFirst, unreached, windows } from './windows.ts';

type Kind = 'depthwise' | 'volume';

const groupsOf = (kind: Kind, channels: number): number => (kind === 'depthwise' ? channels : 1);

/** Physical [a, b, …] of logical [..., a, b]. */
const lastTwoFirst = (rank: number): number[] => [rank - 2, rank - 1, ...inOrder(rank - 2)];

/** The filter as ONNX has it: [outputs, inputs of each group, …]. */
function weights({ graph }: KernelCall, filter: Traced, kind: Kind): string {
  const rank = filter.shape.length;
  if (kind === 'volume') return nameIn(graph, filter, [rank - 1, rank - 2, ...inOrder(rank - 2)]);
  const [channels, multiplier] = filter.shape.slice(-2) as [number, number];
  return graph.node('Reshape', [
    nameIn(graph, filter, lastTwoFirst(rank)),
    graph.int64s([channels * multiplier, 1, ...filter.shape.slice(0, -2)]),
  ]);
}

const convolution =
  (kind: Kind): Translation =>
  (call) => {
    const [x, filter] = [operand(call, 'x'), operand(call, 'filter')];
    const { kernel, strides, dilations, pads, outputShape } = windows(call, x.shape, filter.shape, kind === 'depthwise');
    const order = channelsFirst(x.shape.length);
    const attributes = { kernel_shape: kernel, strides, dilations, pads, group: groupsOf(kind, x.shape.at(-1)!) };
    const name = call.graph.node('Conv', [nameIn(call.graph, x, order), weights(call, filter, kind)], attributes);
    return result(name, outputShape, 'float32', order);
  };

const inputGradient =
  (kind: Kind): Translation =>
  (call) => {
    const [dy, filter] = [operand(call, 'dy'), operand(call, 'filter')];
    const inputShape = call.attributes.inputShape as number[];
    const sliding = windows(call, inputShape, filter.shape, kind === 'depthwise');
    const { kernel, strides, pads } = sliding;
    const order = channelsFirst(inputShape.length);
    const attributes = {
      kernel_shape: kernel,
      strides,
      pads,
      output_padding: unreached(sliding),
      group: groupsOf(kind, inputShape.at(-1)!),
    };
    const name = call.graph.node('ConvTranspose', [nameIn(call.graph, dy, order), weights(call, filter, kind)], attributes);
    return result(name, inputShape, 'float32', order);
  };

/** Itself a convolution: of the images with the output's gradients, samples taking the part of channels, and strides that of dilations. */
const filterGradient =
  (kind: Kind): Translation =>
  (call) => {
    const { graph } = call;
    const [x, dy] = [operand(call, 'x'), operand(call, 'dy')];
    const filterShape = call.attributes.filterShape as number[];
    const { kernel, strides, pads, input, output } = windows(call, x.shape, filterShape, kind === 'depthwise');
    const rank = x.shape.length;
    const channelsBeforeSamples = [rank - 1, 0, ...inOrder(rank - 2).map((axis) => axis + 1)];
    const [samples, channels] = [x.shape[0]!, x.shape.at(-1)!];
    const images = nameIn(graph, x, channelsBeforeSamples);
    const grouped = kind === 'volume' ? images : graph.node('Reshape', [images, graph.int64s([1, channels * samples, ...input])]);
    const attributes = { kernel_shape: output, dilations: strides, pads, group: groupsOf(kind, channels) };
    const products = graph.node('Conv', [grouped, nameIn(graph, dy, channelsBeforeSamples)], attributes);
    const axes = kernel.map((_, axis) => axis + 2);
    const cut = graph.node('Slice', [products, graph.int64s(kernel.map(() => 0)), graph.int64s(kernel), graph.int64s(axes)]);
    const name = graph.node('Reshape', [cut, graph.int64s([...filterShape.slice(-2), ...kernel])]);
    return result(name, filterShape, 'float32', lastTwoFirst(rank));
  };

export const groupedConvolutions: Record<string, Translation> = {
  Conv3D: convolution('volume'),
  Conv3DBackpropFilterV2: filterGradient('volume'),
  Conv3DBackpropInputV2: inputGradient('volume'),
  DepthwiseConv2dNative: convolution('depthwise'),
  DepthwiseConv2dNativeBackpropFilter: filterGradient('depthwise'),
  DepthwiseConv2dNativeBackpropInput: inputGradient('depthwise'),
};
