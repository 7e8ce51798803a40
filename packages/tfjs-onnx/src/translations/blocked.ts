/**
 * Convolutions and what stands between them, in ONNX Runtime's blocked layout. ONNX Runtime itself takes it for constant filters only;
 * here it serves filters that are being trained, and the gradients.
 */
import { fromBlocked, NCHWC, toBlocked } from '../blocked-layout.ts';
import type { Graph } from '../graph.ts';
import { nameIn, nameInLayout, nativeLayout, plainName, type Traced } from '../traced.ts';
import { type KernelCall, result, sizeOf } from './translation.ts';
import { BLOCKED, type Geometry, NCHW, type Size } from './windows.ts';

/** With fewer pixels than this in a batch, a forward convolution is not worth the reordering of its filter. */
const PIXELS_WORTH_REORDERING = 1024;

export const isBlocked = (traced: Traced): boolean => nativeLayout(traced).blocked === true;

const reshape = (graph: Graph, name: string, shape: readonly number[]) => graph.node('Reshape', [name, graph.int64s(shape)]);
const transpose = (graph: Graph, name: string, perm: readonly number[]) => graph.node('Transpose', [name], { perm });
const placesOf = ({ kernel }: Geometry) => kernel[0]! * kernel[1]!;

/** [k·b, m] -> [k, m, b], by the kernel that does so for images: several times faster than Transpose. */
function blockRows(graph: Graph, name: string, { rows, columns }: { rows: number; columns: number }): string {
  const { block } = graph;
  return toBlocked(graph, reshape(graph, name, [rows / block, block, columns, 1]));
}

/** A convolution reads few channels as they are; more must fill blocks. */
const canBeRead = ({ block }: Graph, channels: number) => channels % block === 0 || channels < block;
const readable = (graph: Graph, image: Traced, channels: number) =>
  channels < graph.block ? nameIn(graph, image, NCHW) : nameInLayout(graph, image, BLOCKED);

/** Whether `forwardBlocked` can and should be taken. */
export function prefersBlocked(graph: Graph, x: Traced, window: Geometry): boolean {
  const { input, output } = window;
  return (
    graph.block > 0 &&
    (placesOf(window) > 1 || isBlocked(x)) &&
    output.n * output.h * output.w >= PIXELS_WORTH_REORDERING &&
    canBeRead(graph, input.c) &&
    output.c % graph.block === 0
  );
}

/** @param filter [out, in, h, w] */
export function forwardBlocked(graph: Graph, x: Traced, filter: string, window: Geometry): string {
  const { kernel, strides, dilations, pads, input, output } = window;
  const { block } = graph;
  const rows = blockRows(graph, filter, { rows: output.c, columns: input.c * placesOf(window) }); // [out/b, in·places, b]
  const weights =
    input.c < block
      ? rows
      : transpose(graph, reshape(graph, rows, [output.c / block, input.c / block, block, placesOf(window), block]), [0, 1, 3, 2, 4]);
  const inputs = [readable(graph, x, input.c), reshape(graph, weights, [output.c, input.c, ...kernel])];
  return graph.node('Conv', inputs, { kernel_shape: kernel, strides, dilations, pads }, NCHWC);
}

/** Whether `inputGradientBlocked` can and should be taken; strides must be 1. */
export function prefersBlockedInputGradient(graph: Graph, dy: Traced, window: Geometry): boolean {
  const { input, output } = window;
  return graph.block > 0 && (placesOf(window) > 1 || isBlocked(dy)) && canBeRead(graph, output.c) && input.c % graph.block === 0;
}

/** A convolution of the output's gradient with the filter turned round, input and output channels exchanged. */
export function inputGradientBlocked(graph: Graph, dy: Traced, filter: string, window: Geometry): string {
  const { kernel, pads, input, output } = window;
  const places = placesOf(window);
  const { block } = graph;
  const rows = blockRows(graph, filter, { rows: output.c * input.c, columns: places }); // [out·in/b, places, b]
  const [exchanged, length] =
    output.c < block
      ? [transpose(graph, reshape(graph, rows, [output.c, input.c / block, places, block]), [1, 0, 2, 3]), block]
      : [transpose(graph, reshape(graph, rows, [output.c / block, block, input.c / block, places, block]), [2, 0, 3, 1, 4]), block * block];
  const vectors = reshape(graph, exchanged, [(input.c * output.c) / length, places, length]);
  const turned =
    places === 1
      ? vectors
      : graph.node('Gather', [vectors, graph.int64s(Array.from({ length: places }, (_, place) => places - 1 - place))], { axis: 1 });
  const inputs = [readable(graph, dy, output.c), reshape(graph, turned, [input.c, output.c, ...kernel])];
  const around = pads.map((padding, side) => kernel[side % 2]! - 1 - padding);
  return graph.node('Conv', inputs, { kernel_shape: kernel, strides: [1, 1], pads: around }, NCHWC);
}

/** Whether `filterGradientBlocked` can be taken: for images whose width is kept and fills blocks; strides must be 1. */
export function prefersBlockedFilterGradient(graph: Graph, { input, output }: Geometry): boolean {
  return (
    graph.block > 0 && input.w === output.w && input.w % graph.block === 0 && (output.c % graph.block === 0 || input.c % graph.block === 0)
  );
}

/**
 * The gradient with respect to the filter, [out, in, h, w].
 *
 * It is a correlation of two images over all their pixels, and so a convolution whose filter is as large as an image. Pixels take the
 * place of channels: blocks of b pixels in a row are what is summed over, and an image's channels lie side by side, one per output
 * position. The other image then serves as the filter exactly as it lies in the blocked layout. The kernel's rows come from sliding by
 * a row; its columns need one shifted copy each.
 */
export function filterGradientBlocked(graph: Graph, x: Traced, dy: Traced, window: Geometry): string {
  const { kernel, pads, input, output } = window;
  const [height, width] = kernel as [number, number];
  const [top, left, bottom] = pads as [number, number, number];
  if (output.c % graph.block === 0) {
    const correlated = correlate(graph, { slid: x, slidSize: input, fixed: dy, fixedSize: output, kernel, top, left, bottom });
    const ordered = transpose(graph, correlated, [1, 3, 2, 0, 4]); // [out/b, in, rows, columns, b]
    const rows = reshape(graph, ordered, [output.c / graph.block, input.c * height * width, graph.block]);
    return reshape(graph, transpose(graph, rows, [0, 2, 1]), [output.c, input.c, height, width]);
  }
  // the gradient slides over the image: every shift is the opposite one
  const opposite = { top: height - 1 - top, left: width - 1 - left, bottom: height - 1 - bottom };
  const correlated = correlate(graph, { slid: dy, slidSize: output, fixed: x, fixedSize: input, kernel, ...opposite });
  const backwards = graph.node('Slice', [
    correlated,
    graph.int64s([-1, -1]),
    graph.int64s([-width - 1, -height - 1]),
    graph.int64s([0, 2]),
    graph.int64s([-1, -1]),
  ]);
  return reshape(graph, transpose(graph, backwards, [3, 1, 4, 2, 0]), [output.c, input.c, height, width]);
}

type Correlation = {
  readonly slid: Traced;
  readonly slidSize: Size;
  /** Channels must fill blocks. */
  readonly fixed: Traced;
  readonly fixedSize: Size;
  readonly kernel: readonly number[];
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
};

/** -> [columns, fixed channels / b, rows, slid channels, b], summed over pixels and samples. */
function correlate(graph: Graph, { slid, slidSize, fixed, fixedSize, kernel, top, left, bottom }: Correlation): string {
  const [height, width] = kernel as [number, number];
  const { block } = graph;
  const { n, h, w, c } = fixedSize;
  const blocks = w / block;
  const image = reshape(graph, byRows(graph, slid, slidSize), [1, n * block, slidSize.h, slidSize.c * blocks]);
  /** One copy per column of the kernel, side by side. */
  const filters = (blocked: string, shape: readonly number[], axis: number) => {
    const shifted = Array.from({ length: width }, (_, column) =>
      reshape(graph, shiftedRight(graph, blocked, fixedSize, column - left), shape),
    );
    return shifted.length === 1 ? shifted[0]! : graph.node('Concat', shifted, { axis });
  };
  const convolve = (filter: string, shape: readonly number[], group: number) => {
    const attributes = { group, kernel_shape: [h, blocks], strides: [1, blocks], pads: [top, 0, bottom, 0] };
    return graph.node('Conv', [image, reshape(graph, filter, shape)], attributes, NCHWC);
  };
  const fixedName = nameInLayout(graph, fixed, BLOCKED);
  const result = [width, c / block, height, slidSize.c, block];
  if (h * w < height * width * slidSize.c) {
    // small images: samples are moved next to each other, and the convolution sums over them
    const together = transpose(graph, reshape(graph, fixedName, [n, c / block, h * w * block]), [1, 0, 2]);
    const filter = filters(together, [1, n * c, h, w], 1);
    return reshape(graph, convolve(filter, [width * c, n * block, h, blocks], 1), result);
  }
  // large ones: samples are groups of the convolution, whose results are summed
  const filter = filters(fixedName, [n, c, h, w], 1);
  const perSample = reshape(graph, convolve(filter, [n * width * c, block, h, blocks], n), [n, ...result]);
  return graph.node('ReduceSum', [perSample, graph.int64s([0])], { keepdims: 0 });
}

/** [n, rows, channels, pixels of a row] */
function byRows(graph: Graph, image: Traced, { n, h, w, c }: Size): string {
  const { block } = graph;
  if (image.forms.some((form) => !form.blocked)) return transpose(graph, nameIn(graph, image, NCHW), [0, 2, 1, 3]);
  const rows = reshape(graph, nameInLayout(graph, image, BLOCKED), [(n * c * h) / block, block, w, 1]);
  const plain = reshape(graph, fromBlocked(graph, rows, block), [n, c / block, h, block * w]);
  return transpose(graph, plain, [0, 2, 1, 3]);
}

/** Blocked images moved to the right, zeros moving in: a depthwise convolution whose kernel has a single 1, at one of its ends. */
function shiftedRight(graph: Graph, blocked: string, { n, c, h, w }: Size, columns: number): string {
  if (columns === 0) return blocked;
  const { block } = graph;
  const [before, after] = [Math.max(0, columns), Math.max(0, -columns)];
  const width = before + after + 1;
  const kernel = Float32Array.from({ length: block * width }, (_, i) => (Math.floor(i / block) === after ? 1 : 0));
  const weights = graph.constant('float32', [block, 1, 1, width], kernel);
  const attributes = { group: block, kernel_shape: [1, width], strides: [1, 1], pads: [0, before, 0, after] };
  return graph.node('Conv', [reshape(graph, blocked, [(n * c) / block, block, h, w]), weights], attributes, NCHWC);
}

export type PerChannel = {
  /** [n·c] numbers, and an image in the blocked layout. */
  readonly scale: string;
  readonly shift?: string;
  readonly sum?: string;
};

/** `scale · image + shift + sum` in the blocked layout: a depthwise convolution of single pixels, and one pass. */
export function scaledBlocked(graph: Graph, image: string, { n, h, w, c }: Size, { scale, shift, sum }: PerChannel): string {
  const asOne = (name: string) => reshape(graph, name, [1, n * c, h, w]);
  const inputs = [asOne(image), reshape(graph, scale, [n * c, 1, 1, 1])];
  if (shift !== undefined || sum !== undefined) inputs.push(shift === undefined ? '' : reshape(graph, shift, [n * c]));
  if (sum !== undefined) inputs.push(asOne(sum));
  const attributes = { group: n * c, kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0] };
  return reshape(graph, graph.node('Conv', inputs, attributes, NCHWC), [n, c, h, w]);
}

/** For each sample and channel the sum over pixels of `a · b`, [n·c]: a depthwise convolution whose filters are as large as the image. */
export function productsBlocked(graph: Graph, a: string, b: string, { n, h, w, c }: Size): string {
  const attributes = { group: n * c, kernel_shape: [h, w], strides: [1, 1], pads: [0, 0, 0, 0] };
  const inputs = [reshape(graph, a, [1, n * c, h, w]), reshape(graph, b, [n * c, 1, h, w])];
  return reshape(graph, graph.node('Conv', inputs, attributes, NCHWC), [n * c]);
}

/** For each sample and channel the sum over pixels, [n·c]. */
export function sumsBlocked(graph: Graph, image: string, { n, h, w, c }: Size): string {
  const rows = reshape(graph, image, [(n * c) / graph.block, h * w, graph.block]);
  return reshape(graph, graph.node('ReduceSum', [rows, graph.int64s([1])], { keepdims: 0 }), [n * c]);
}

/** An image in the blocked layout plus a number per channel, or per sample and channel; undefined if that isn't what the operands are. */
export function shiftedBlocked({ graph }: KernelCall, a: Traced, b: Traced): Traced | undefined {
  const [image, shift] = isBlocked(a) ? [a, b] : [b, a];
  const { order } = nativeLayout(image);
  if (!isBlocked(image) || order.some((axis, position) => axis !== NCHW[position])) return undefined;
  const [n, h, w, c] = image.shape as [number, number, number, number];
  const samples = sizeOf(shift.shape) / c;
  const isPerChannel = shift.shape.at(-1) === c && (samples === 1 || (samples === n && shift.shape.length === 4 && shift.shape[0] === n));
  if (!isPerChannel) return undefined;
  const name = nameInLayout(graph, image, BLOCKED);
  const vector = plainName(graph, shift);
  const convolution = graph.makerOf(name);
  if (samples === 1 && convolution?.operator === 'Conv' && convolution.inputs.length === 2) {
    const inputs = [...convolution.inputs, reshape(graph, vector, [c])];
    return result(graph.node('Conv', inputs, convolution.attributes, NCHWC), image.shape, 'float32', BLOCKED);
  }
  const perSample = samples === n ? vector : graph.node('Expand', [reshape(graph, vector, [1, c]), graph.int64s([n, c])]);
  const ones = graph.node('Expand', [graph.float(1), graph.int64s([n * c])]);
  return result(scaledBlocked(graph, name, { n, h, w, c }, { scale: ones, shift: perSample }), image.shape, 'float32', BLOCKED);
}
