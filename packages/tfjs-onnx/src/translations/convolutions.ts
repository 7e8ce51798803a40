/**
 * Convolutions. TensorFlow.js has images as [n, h, w, c] and filters as [h, w, in, out]; ONNX wants [n, c, h, w] and
 * [out, in, h, w], so both are asked for, and left, in that order of axes.
 */
import { TraceError } from '../errors.ts';
import type { Graph } from '../graph.ts';
import { nameIn } from '../traced.ts';
import {
  filterGradientBlocked,
  forwardBlocked,
  inputGradientBlocked,
  prefersBlocked,
  prefersBlockedFilterGradient,
  prefersBlockedInputGradient,
} from './blocked.ts';
import { type KernelCall, operand, result, type Translation } from './translation.ts';
import { BLOCKED, type Geometry, geometry, image, NCHW, type Size, unreached, windows } from './windows.ts';

/** Physical [out, in, h, w] of logical [h, w, in, out]. */
const OIHW = [3, 2, 0, 1];
const INT64_MIN = -(2 ** 31); // far enough below any size

export const convolutions: Record<string, Translation> = {
  Conv2D(call) {
    const [x, filter] = [operand(call, 'x'), operand(call, 'filter')];
    const { graph } = call;
    const window = geometry(call, x.shape, filter.shape);
    const { strides, dilations, pads, kernel, output } = window;
    const weights = nameIn(graph, filter, OIHW);
    if (prefersBlocked(graph, x, window)) return image(forwardBlocked(graph, x, weights, window), output, BLOCKED);
    return image(graph.node('Conv', [nameIn(graph, x, NCHW), weights], { kernel_shape: kernel, strides, dilations, pads }), output);
  },

  Conv2DBackpropInput(call) {
    const [dy, filter] = [operand(call, 'dy'), operand(call, 'filter')];
    const { graph } = call;
    const inputShape = call.attributes.inputShape as number[];
    const window = geometry(call, inputShape, filter.shape);
    const { strides, pads, kernel, input } = window;
    requireNoDilation(call, window);
    const isDense = slidesInside(window);
    if (isDense && prefersBlockedInputGradient(graph, dy, window))
      return image(inputGradientBlocked(graph, dy, nameIn(graph, filter, OIHW), window), input, BLOCKED);
    const gradient = nameIn(graph, dy, NCHW);
    if (isDense) {
      // a convolution with the filter turned round, input and output channels exchanged
      const exchanged = nameIn(graph, filter, [2, 3, 0, 1]);
      const turned = kernel.every((length) => length === 1) ? exchanged : reversed(graph, exchanged, [2, 3]);
      const around = pads.map((padding, side) => kernel[side % 2]! - 1 - padding);
      return image(graph.node('Conv', [gradient, turned], { kernel_shape: kernel, strides: [1, 1], pads: around }), input);
    }
    const output_padding = unreached(windows(call, inputShape, filter.shape));
    const inputs = [gradient, nameIn(graph, filter, OIHW)];
    return image(graph.node('ConvTranspose', inputs, { kernel_shape: kernel, strides, pads, output_padding }), input);
  },

  Conv2DBackpropFilter(call) {
    const [x, dy] = [operand(call, 'x'), operand(call, 'dy')];
    const { graph } = call;
    const filterShape = call.attributes.filterShape as number[];
    const window = geometry(call, x.shape, filterShape);
    requireNoDilation(call, window);
    const isDense = slidesInside(window);
    if (isDense && prefersBlockedFilterGradient(graph, window))
      return result(filterGradientBlocked(graph, x, dy, window), filterShape, 'float32', OIHW);
    const [source, gradient] = [nameIn(graph, x, NCHW), nameIn(graph, dy, NCHW)];
    if (isDense) {
      // every column of the kernel against every row, in one product
      return result(filterGradientOfShifts(graph, source, gradient, window), filterShape, 'float32', [1, 2, 0, 3]);
    }
    return result(filterGradientOfPlaces(graph, source, gradient, window), filterShape, 'float32', OIHW);
  },
};

const flat = (graph: Graph, name: string, { n, c }: Size, pixels: number) => graph.node('Reshape', [name, graph.int64s([n, c, pixels])]);
const product = (graph: Graph, a: string, b: string) => {
  const perSample = graph.node('FusedMatMul', [a, b], { transB: 1 }, 'com.microsoft');
  return graph.node('ReduceSum', [perSample, graph.int64s([0])], { keepdims: 0 });
};

/**
 * For strides of 1: the image shifted by each column of the kernel against the gradient shifted by each row, [columns, in, rows, out].
 * Half the copies of one product per place.
 */
function filterGradientOfShifts(graph: Graph, source: string, gradient: string, { pads, kernel, input, output }: Geometry): string {
  const [top, left] = pads as [number, number];
  const shifted = (name: string, axis: 'row' | 'column', before: number, after: number) => {
    const amounts = axis === 'row' ? [0, 0, before, 0, 0, 0, after, 0] : [0, 0, 0, before, 0, 0, 0, after];
    return before === 0 && after === 0 ? name : graph.node('Pad', [name, graph.int64s(amounts)]);
  };
  const join = (names: readonly string[]) => (names.length === 1 ? names[0]! : graph.node('Concat', names, { axis: 1 }));
  const columns = Array.from({ length: kernel[1]! }, (_, column) =>
    shifted(source, 'column', left - column, output.w - input.w - (left - column)),
  );
  const rows = Array.from({ length: kernel[0]! }, (_, row) => shifted(gradient, 'row', row - top, input.h - output.h - (row - top)));
  const pixels = input.h * output.w;
  const a = flat(graph, join(columns), { ...input, c: kernel[1]! * input.c }, pixels);
  const b = flat(graph, join(rows), { ...output, c: kernel[0]! * output.c }, pixels);
  return graph.node('Reshape', [product(graph, a, b), graph.int64s([kernel[1]!, input.c, kernel[0]!, output.c])]);
}

/** One product per place in the kernel: the gradient against the input shifted there, [out, in, h, w]. */
function filterGradientOfPlaces(
  graph: Graph,
  source: string,
  gradient: string,
  { strides, pads, kernel, input, output }: Geometry,
): string {
  const [top, left, bottom, right] = pads as [number, number, number, number];
  const pixels = output.h * output.w;
  const isPadded = pads.some((padding) => padding > 0);
  const padded = isPadded ? graph.node('Pad', [source, graph.int64s([0, 0, top, left, 0, 0, bottom, right])]) : source;
  const flatGradient = flat(graph, gradient, output, pixels);
  const products: string[] = [];
  for (let i = 0; i < kernel[0]!; i++) {
    for (let j = 0; j < kernel[1]!; j++) {
      const ends = [i + (output.h - 1) * strides[0]! + 1, j + (output.w - 1) * strides[1]! + 1];
      const shifted = graph.node('Slice', [padded, graph.int64s([i, j]), graph.int64s(ends), graph.int64s([2, 3]), graph.int64s(strides)]);
      const place = product(graph, flatGradient, flat(graph, shifted, { ...output, c: input.c }, pixels));
      products.push(graph.node('Reshape', [place, graph.int64s([output.c, input.c, 1])]));
    }
  }
  const stacked = products.length === 1 ? products[0]! : graph.node('Concat', products, { axis: 2 });
  return graph.node('Reshape', [stacked, graph.int64s([output.c, input.c, ...kernel])]);
}

function requireNoDilation({ kernel }: KernelCall, { dilations }: Geometry): void {
  if (dilations.some((dilation) => dilation !== 1))
    throw new TraceError(`tfjs-onnx: ${kernel} with dilations ${dilations}; TensorFlow.js has no gradient of dilated convolutions`);
}

/** Whether windows move pixel by pixel and always hold some of the image: then gradients are convolutions with padding themselves. */
const slidesInside = ({ strides, pads, kernel }: Geometry): boolean =>
  strides.every((stride) => stride === 1) && pads.every((padding, side) => padding < kernel[side % 2]!);

function reversed(graph: Graph, name: string, axes: readonly number[]): string {
  const every = (value: number) => graph.int64s(axes.map(() => value));
  return graph.node('Slice', [name, every(-1), every(INT64_MIN), graph.int64s(axes), every(-1)]);
}
