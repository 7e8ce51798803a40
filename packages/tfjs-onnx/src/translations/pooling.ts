/** Pooling: one value for each window that slides over an image. */
import { nameIn } from '../traced.ts';
import { operand, type Translation } from './translation.ts';
import { geometry, image, NCHW } from './windows.ts';

export const pooling: Record<string, Translation> = {
  AvgPool(call) {
    const x = operand(call, 'x');
    const { filterSize } = call.attributes as { filterSize: number | [number, number] };
    const [height, width] = typeof filterSize === 'number' ? [filterSize, filterSize] : filterSize;
    const window = [height, width, x.shape[3]!, x.shape[3]!];
    const { strides, pads, kernel, output } = geometry(call, x.shape, window, 'AvgPool');
    const attributes = { kernel_shape: kernel, strides, pads, count_include_pad: 0 };
    return image(call.graph.node('AveragePool', [nameIn(call.graph, x, NCHW)], attributes), output);
  },
};
