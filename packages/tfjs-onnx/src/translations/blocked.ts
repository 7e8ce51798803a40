/**
 * Convolutions in ONNX Runtime's blocked layout: [n, c/b, h, w, b] for blocks of b channels, which its fastest convolution kernels read
 * and write. ONNX Runtime itself takes them for constant filters only; here they serve filters that are being trained, and the gradients.
 * Shapes are written as [n, c, h, w] throughout, whatever the layout, as ONNX Runtime's own graphs do.
 */
import type { Graph } from '../graph.ts';
import type { Geometry } from './windows.ts';

const NCHWC = 'com.microsoft.nchwc';

/** Images with fewer pixels than this in a batch are not worth the reordering of a forward convolution's filter. */
const PIXELS_WORTH_REORDERING = 1024;

const reshape = (graph: Graph, name: string, shape: readonly number[]) => graph.node('Reshape', [name, graph.int64s(shape)]);
const transpose = (graph: Graph, name: string, perm: readonly number[]) => graph.node('Transpose', [name], { perm });

const toBlocked = (graph: Graph, image: string) => graph.node('ReorderInput', [image], { channels_last: 0 }, NCHWC);
const fromBlocked = (graph: Graph, image: string, channels: number) =>
  graph.node('ReorderOutput', [image], { channels, channels_last: 0 }, NCHWC);

/** [k·b, m] -> [k, m, b], in the kernel that does so for images: several times faster than Transpose. */
function blockRows(graph: Graph, name: string, { rows, columns }: { rows: number; columns: number }): string {
  const { block } = graph;
  return toBlocked(graph, reshape(graph, name, [rows / block, block, columns, 1]));
}

/** Few channels are read as they are; more must fill blocks. */
const canBeRead = ({ block }: Graph, channels: number) => channels % block === 0 || channels < block;
const readable = (graph: Graph, image: string, channels: number) => (channels < graph.block ? image : toBlocked(graph, image));

export type Convolution = {
  /** As [n, c, h, w] and [out, in, h, w]. */
  readonly image: string;
  readonly filter: string;
  readonly geometry: Geometry;
};

/** Whether `forwardBlocked` can and should be taken. */
export function prefersBlocked(graph: Graph, { kernel, input, output }: Geometry, filter: string): boolean {
  return (
    graph.block > 0 &&
    !graph.isConstant(filter) && // ONNX Runtime reorders it once
    kernel[0]! * kernel[1]! > 1 &&
    output.n * output.h * output.w >= PIXELS_WORTH_REORDERING &&
    canBeRead(graph, input.c) &&
    output.c % graph.block === 0
  );
}

export function forwardBlocked(graph: Graph, { image, filter, geometry }: Convolution): string {
  const { kernel, strides, dilations, pads, input, output } = geometry;
  const places = kernel[0]! * kernel[1]!;
  const { block } = graph;
  const rows = blockRows(graph, filter, { rows: output.c, columns: input.c * places }); // [out/b, in·places, b]
  const weights =
    input.c < block
      ? rows
      : transpose(graph, reshape(graph, rows, [output.c / block, input.c / block, block, places, block]), [0, 1, 3, 2, 4]);
  const inputs = [readable(graph, image, input.c), reshape(graph, weights, [output.c, input.c, ...kernel])];
  return fromBlocked(graph, graph.node('Conv', inputs, { kernel_shape: kernel, strides, dilations, pads }, NCHWC), output.c);
}

/** Whether `inputGradientBlocked` can and should be taken; strides must be 1. */
export function prefersBlockedInputGradient(graph: Graph, { kernel, input, output }: Geometry): boolean {
  return graph.block > 0 && kernel[0]! * kernel[1]! > 1 && canBeRead(graph, output.c) && input.c % graph.block === 0;
}

/** `image` is the output's gradient: a convolution with the filter turned round, its input and output channels exchanged. */
export function inputGradientBlocked(graph: Graph, { image, filter, geometry }: Convolution): string {
  const { kernel, pads, input, output } = geometry;
  const places = kernel[0]! * kernel[1]!;
  const { block } = graph;
  const rows = blockRows(graph, filter, { rows: output.c * input.c, columns: places }); // [out·in/b, places, b]
  const [exchanged, length] =
    output.c < block
      ? [transpose(graph, reshape(graph, rows, [output.c, input.c / block, places, block]), [1, 0, 2, 3]), block]
      : [transpose(graph, reshape(graph, rows, [output.c / block, block, input.c / block, places, block]), [2, 0, 3, 1, 4]), block * block];
  const vectors = reshape(graph, exchanged, [(input.c * output.c) / length, places, length]);
  const turned = graph.node('Gather', [vectors, graph.int64s(Array.from({ length: places }, (_, place) => places - 1 - place))], {
    axis: 1,
  });
  const inputs = [readable(graph, image, output.c), reshape(graph, turned, [input.c, output.c, ...kernel])];
  const around = pads.map((padding, side) => kernel[side % 2]! - 1 - padding);
  return fromBlocked(graph, graph.node('Conv', inputs, { kernel_shape: kernel, strides: [1, 1], pads: around }, NCHWC), input.c);
}

/** Whether `filterGradientBlocked` can be taken: for images whose width is kept and fills blocks. */
export function prefersBlockedFilterGradient(graph: Graph, { kernel, strides, dilations, input, output }: Geometry): boolean {
  return (
    graph.block > 0 &&
    [...strides, ...dilations].every((one) => one === 1) &&
    kernel[0]! * kernel[1]! > 1 &&
    input.w === output.w &&
    input.w % graph.block === 0 &&
    (output.c % graph.block === 0 || input.c % graph.block === 0)
  );
}

/**
 * The gradient with respect to the filter, [out, in, h, w], from the images [n, in, h, w] and the output's gradient.
 *
 * It is a correlation of two images over all their pixels, and so a convolution whose filter is as large as an image. Pixels take the
 * place of channels: blocks of b pixels in a row are what is summed over, and an image's channels lie side by side, one per output
 * position. The other image then serves as the filter exactly as it lies in the blocked layout. The kernel's rows come from sliding by
 * a row; its columns need one shifted copy each.
 */
export function filterGradientBlocked(graph: Graph, image: string, gradient: string, geometry: Geometry): string {
  const { kernel, pads, input, output } = geometry;
  const [height, width] = kernel as [number, number];
  const [top, left, bottom] = pads as [number, number, number];
  if (output.c % graph.block === 0) {
    const correlated = correlate(graph, { slid: image, slidSize: input, fixed: gradient, fixedSize: output, kernel, top, left, bottom });
    const ordered = transpose(graph, correlated, [1, 3, 2, 0, 4]); // [out/b, in, rows, columns, b]
    const rows = reshape(graph, ordered, [output.c / graph.block, input.c * height * width, graph.block]);
    return reshape(graph, transpose(graph, rows, [0, 2, 1]), [output.c, input.c, height, width]);
  }
  // the gradient slides over the image: every shift is the opposite one
  const opposite = { top: height - 1 - top, left: width - 1 - left, bottom: height - 1 - bottom };
  const correlated = correlate(graph, { slid: gradient, slidSize: output, fixed: image, fixedSize: input, kernel, ...opposite });
  const backwards = graph.node('Slice', [
    correlated,
    graph.int64s([-1, -1]),
    graph.int64s([-width - 1, -height - 1]),
    graph.int64s([0, 2]),
    graph.int64s([-1, -1]),
  ]);
  return reshape(graph, transpose(graph, backwards, [3, 1, 4, 2, 0]), [output.c, input.c, height, width]);
}

type Images = { readonly n: number; readonly h: number; readonly w: number; readonly c: number };
type Correlation = {
  readonly slid: string;
  readonly slidSize: Images;
  /** Channels must fill blocks. */
  readonly fixed: string;
  readonly fixedSize: Images;
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
  const image = transpose(graph, slid, [0, 2, 1, 3]); // [n, rows, channels, pixels of a row]
  const filters = toBlocked(graph, fixed);
  const shifted = Array.from({ length: width }, (_, column) => shiftedRight(graph, filters, fixedSize, column - left));
  const all = shifted.length === 1 ? shifted[0]! : graph.node('Concat', shifted, { axis: 1 });
  // Samples are groups whose results are summed; for small images it is less work to move them next to each other first.
  const isSmall = h * w < height * width * slidSize.c;
  const filter = isSmall ? transpose(graph, reshape(graph, all, [n, (width * c) / block, h * w * block]), [1, 0, 2]) : all;
  const attributes = {
    group: isSmall ? 1 : n,
    kernel_shape: [h, blocks],
    strides: [1, blocks],
    pads: [top, 0, bottom, 0],
  };
  const inputs = [
    reshape(graph, image, [1, n * block, slidSize.h, slidSize.c * blocks]),
    reshape(graph, filter, isSmall ? [width * c, n * block, h, blocks] : [n * width * c, block, h, blocks]),
  ];
  const convolved = graph.node('Conv', inputs, attributes, NCHWC);
  const shape = [width, c / block, height, slidSize.c, block];
  if (isSmall) return reshape(graph, convolved, shape);
  return graph.node('ReduceSum', [reshape(graph, convolved, [n, ...shape]), graph.int64s([0])], { keepdims: 0 });
}

/** A blocked image moved to the right, zeros moving in: a depthwise convolution whose kernel has a single 1, at one of its ends. */
function shiftedRight(graph: Graph, blocked: string, { n, c, h, w }: Images, columns: number): string {
  if (columns === 0) return blocked;
  const { block } = graph;
  const [before, after] = [Math.max(0, columns), Math.max(0, -columns)];
  const width = before + after + 1;
  const kernel = Float32Array.from({ length: c * width }, (_, i) => (Math.floor(i / block) % width === after ? 1 : 0));
  const weights = graph.constant('float32', [c, 1, 1, width], kernel);
  const attributes = { group: c, kernel_shape: [1, width], strides: [1, 1], pads: [0, before, 0, after] };
  return reshape(graph, graph.node('Conv', [blocked, weights], attributes, NCHWC), [n, c, h, w]);
}
