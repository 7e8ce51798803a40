/**
 * Convolutions. TensorFlow.js has images as [n, h, w, c] and filters as [h, w, in, out]; ONNX wants [n, c, h, w] and
 * [out, in, h, w], so both are asked for, and left, in that order of axes.
 */
import { TraceError } from '../errors.ts';
import type { Graph } from '../graph.ts';
import { nameIn } from '../traced.ts';
import { operand, result, type Translation } from './translation.ts';
import { geometry, image, NCHW } from './windows.ts';

/** Physical [out, in, h, w] of logical [h, w, in, out]. */
const OIHW = [3, 2, 0, 1];
const INT64_MIN = -(2 ** 31); // far enough below any size

export const convolutions: Record<string, Translation> = {
  Conv2D(call) {
    const [x, filter] = [operand(call, 'x'), operand(call, 'filter')];
    const { strides, dilations, pads, kernel, output } = geometry(call, x.shape, filter.shape, 'Conv2D');
    const inputs = [nameIn(call.graph, x, NCHW), nameIn(call.graph, filter, OIHW)];
    return image(call.graph.node('Conv', inputs, { kernel_shape: kernel, strides, dilations, pads }), output);
  },

  Conv2DBackpropInput(call) {
    const [dy, filter] = [operand(call, 'dy'), operand(call, 'filter')];
    const { graph } = call;
    const { strides, dilations, pads, kernel, input, output } = geometry(
      call,
      call.attributes.inputShape as number[],
      filter.shape,
      'Conv2DBackpropInput',
    );
    requireNoDilation(dilations, 'Conv2DBackpropInput');
    const gradient = nameIn(graph, dy, NCHW);
    if (strides.every((stride) => stride === 1)) {
      // a convolution with the filter turned round, input and output channels exchanged
      const exchanged = nameIn(graph, filter, [2, 3, 0, 1]);
      const turned = kernel.every((length) => length === 1) ? exchanged : reversed(graph, exchanged, [2, 3]);
      const around = pads.map((padding, side) => kernel[side % 2]! - 1 - padding);
      return image(graph.node('Conv', [gradient, turned], { kernel_shape: kernel, strides: [1, 1], pads: around }), input);
    }
    const reached = (side: 0 | 1) => ([output.h, output.w][side]! - 1) * strides[side]! + kernel[side]! - pads[side]! - pads[side + 2]!;
    const output_padding = [input.h - reached(0), input.w - reached(1)];
    const inputs = [gradient, nameIn(graph, filter, OIHW)];
    return image(graph.node('ConvTranspose', inputs, { kernel_shape: kernel, strides, pads, output_padding }), input);
  },

  Conv2DBackpropFilter(call) {
    const [x, dy] = [operand(call, 'x'), operand(call, 'dy')];
    const { graph } = call;
    const filterShape = call.attributes.filterShape as number[];
    const { strides, dilations, pads, kernel, input, output } = geometry(call, x.shape, filterShape, 'Conv2DBackpropFilter');
    requireNoDilation(dilations, 'Conv2DBackpropFilter');
    const [top, left, bottom, right] = pads as [number, number, number, number];
    const pixels = output.h * output.w;
    const flat = (name: string, channels: number) => graph.node('Reshape', [name, graph.int64s([output.n, channels, pixels])]);
    const gradient = flat(nameIn(graph, dy, NCHW), output.c);
    const source = nameIn(graph, x, NCHW);
    const isPadded = pads.some((padding) => padding > 0);
    const padded = isPadded ? graph.node('Pad', [source, graph.int64s([0, 0, top, left, 0, 0, bottom, right])]) : source;
    // one product per place in the filter: the output's gradient against the input shifted there, summed over the batch
    const products: string[] = [];
    for (let i = 0; i < kernel[0]!; i++) {
      for (let j = 0; j < kernel[1]!; j++) {
        const ends = [i + (output.h - 1) * strides[0]! + 1, j + (output.w - 1) * strides[1]! + 1];
        const isWhole =
          !isPadded && i === 0 && j === 0 && ends[0] === input.h && ends[1] === input.w && strides.every((stride) => stride === 1);
        const shifted = isWhole
          ? padded
          : graph.node('Slice', [padded, graph.int64s([i, j]), graph.int64s(ends), graph.int64s([2, 3]), graph.int64s(strides)]);
        const product = graph.node('FusedMatMul', [gradient, flat(shifted, input.c)], { transB: 1 }, 'com.microsoft');
        products.push(graph.node('ReduceSum', [product, graph.int64s([0])], { keepdims: 0 }));
      }
    }
    const wide = products.map((product) => graph.node('Reshape', [product, graph.int64s([output.c, input.c, 1])]));
    const stacked = wide.length === 1 ? wide[0]! : graph.node('Concat', wide, { axis: 2 });
    const name = graph.node('Reshape', [stacked, graph.int64s([output.c, input.c, ...kernel])]);
    return result(name, filterShape, 'float32', OIHW);
  },
};

function requireNoDilation(dilations: readonly number[], kernel: string): void {
  if (dilations.some((dilation) => dilation !== 1))
    throw new TraceError(`tfjs-onnx: ${kernel} with dilations ${dilations}; TensorFlow.js has no gradient of dilated convolutions`);
}

function reversed(graph: Graph, name: string, axes: readonly number[]): string {
  const every = (value: number) => graph.int64s(axes.map(() => value));
  return graph.node('Slice', [name, every(-1), every(INT64_MIN), graph.int64s(axes), every(-1)]);
}
