/** Pooling: one value for each window that slides over an image, in two or three dimensions. */
import type { Attributes, Graph } from '../graph.ts';
import { nameIn, type Traced } from '../traced.ts';
import { cast, type KernelCall, operand, result, sizeOf, type Translation } from './translation.ts';
import { channelsFirst, unreached, type Windows, windows } from './windows.ts';

/** Windows that leave every channel to itself. */
function poolWindows(call: KernelCall, x: Traced): Windows {
  const { filterSize } = call.attributes as { filterSize: number | number[] };
  const [n, c] = [x.shape.length - 2, x.shape.at(-1)!];
  return windows(call, x.shape, [...(typeof filterSize === 'number' ? Array<number>(n).fill(filterSize) : filterSize), c, c]);
}

const attributesOf = ({ kernel, strides, pads }: Windows) => ({ kernel_shape: kernel, strides, pads });

const pool =
  (operator: 'AveragePool' | 'MaxPool'): Translation =>
  (call) => {
    const given = operand(call, 'x');
    const x = cast(call, given, 'float32');
    const sliding = poolWindows(call, x);
    const order = channelsFirst(x.shape.length);
    const counting: Attributes = operator === 'AveragePool' ? { count_include_pad: 0 } : {};
    const name = call.graph.node(operator, [nameIn(call.graph, x, order)], { ...attributesOf(sliding), ...counting });
    return cast(call, result(name, sliding.outputShape, 'float32', order), given.dtype);
  };

/** Each window's gradient goes to the first of its largest values. */
const maxPoolGradient: Translation = (call) => {
  const { graph } = call;
  const [x, dy] = [operand(call, 'input'), operand(call, 'dy')];
  const order = channelsFirst(x.shape.length);
  const [, places] = graph.nodeWithOutputs(2, 'MaxPool', [nameIn(graph, x, order)], attributesOf(poolWindows(call, x)));
  const flat = (name: string) => graph.node('Reshape', [name, graph.int64s([-1])]);
  const zeros = graph.node('Expand', [graph.float(0), graph.int64s([sizeOf(x.shape)])]);
  const sums = graph.node('ScatterElements', [zeros, flat(places!), flat(nameIn(graph, dy, order))], { axis: 0, reduction: 'add' });
  const shape = order.map((axis) => x.shape[axis]!);
  return result(graph.node('Reshape', [sums, graph.int64s(shape)]), x.shape, 'float32', order);
};

/** Each window's gradient is spread over the pixels that it averages: a transposed convolution with ones, channel by channel. */
const averagePoolGradient: Translation = (call) => {
  const { graph } = call;
  const [x, dy] = [operand(call, 'input'), operand(call, 'dy')];
  const sliding = poolWindows(call, x);
  const { kernel, strides, pads, output } = sliding;
  const order = channelsFirst(x.shape.length);
  const planes = x.shape[0]! * x.shape.at(-1)!;
  const ones = graph.node('Expand', [graph.float(1), graph.int64s([1, 1, ...kernel])]);
  const counts = pixelCounts(graph, sliding);
  const gradients = graph.node('Reshape', [nameIn(graph, dy, order), graph.int64s([planes, 1, ...output])]);
  const means = graph.node('Div', [gradients, counts]);
  const spread = graph.node('ConvTranspose', [means, ones], { kernel_shape: kernel, strides, pads, output_padding: unreached(sliding) });
  const shape = order.map((axis) => x.shape[axis]!);
  return result(graph.node('Reshape', [spread, graph.int64s(shape)]), x.shape, 'float32', order);
};

/** How many pixels of the image lie in each window: fewer at a padded border. */
function pixelCounts(graph: Graph, { kernel, strides, pads, input, output }: Windows): string {
  const along = output.map((length, axis) =>
    Array.from({ length }, (_, i) => {
      const begin = i * strides[axis]! - pads[axis]!;
      return Math.min(begin + kernel[axis]!, input[axis]!) - Math.max(begin, 0);
    }),
  );
  const counts = along.reduce<number[]>(
    (products, lengths) => products.flatMap((product) => lengths.map((length) => product * length)),
    [1],
  );
  return graph.constant('float32', [1, 1, ...output], Float32Array.from(counts));
}

export const pooling: Record<string, Translation> = {
  AvgPool: pool('AveragePool'),
  AvgPool3D: pool('AveragePool'),
  AvgPool3DGrad: averagePoolGradient,
  AvgPoolGrad: averagePoolGradient,
  MaxPool: pool('MaxPool'),
  MaxPool3D: pool('MaxPool'),
  MaxPool3DGrad: maxPoolGradient,
  MaxPoolGrad: maxPoolGradient,
};
