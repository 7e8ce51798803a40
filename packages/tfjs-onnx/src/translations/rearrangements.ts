/** Pixels that change places with channels or samples, or with one another: made of reshaping, transposing and slicing. */
import { backend_util } from '@tensorflow/tfjs-core';
import { TraceError } from '../errors.ts';
import { plainName, type Traced, transposed } from '../traced.ts';
import { padded, reshaped, shapes, sliced } from './shapes.ts';
import { applied, cast, type KernelCall, operand, result, scalar, sizeOf, type Translation } from './translation.ts';

export const rearrangements: Record<string, Translation> = {
  BatchToSpaceND(call) {
    const x = operand(call, 'x');
    const { blockShape, crops } = call.attributes as { blockShape: number[]; crops: number[][] };
    const [size, shape] = [sizeOf(blockShape), [...x.shape]];
    const apart = backend_util.getReshaped(shape, blockShape, size);
    const together = backend_util.getReshapedPermuted(shape, blockShape, size);
    const joined = exchanged(call, x, apart, backend_util.getPermuted(apart.length, blockShape.length), together);
    const crop = (axis: number) => crops[axis - 1] ?? [0, 0];
    return sliced(
      call,
      joined,
      together.map((_, axis) => crop(axis)[0]!),
      together.map((length, axis) => length - crop(axis)[1]!),
    );
  },

  SpaceToBatchND(call) {
    const given = operand(call, 'x');
    const { blockShape, paddings } = call.attributes as { blockShape: number[]; paddings: [number, number][] };
    const x = padded(
      call,
      given,
      given.shape.map((_, axis) => paddings[axis - 1] ?? [0, 0]),
    );
    const [size, shape] = [sizeOf(blockShape), [...x.shape]];
    const apart = backend_util.getReshaped(shape, blockShape, size, false);
    const permutation = backend_util.getPermuted(apart.length, blockShape.length, false);
    return exchanged(call, x, apart, permutation, backend_util.getReshapedPermuted(shape, blockShape, size, false));
  },

  DepthToSpace(call) {
    const x = operand(call, 'x');
    const { blockSize, dataFormat } = call.attributes as { blockSize: number; dataFormat: string };
    if (dataFormat !== 'NHWC')
      throw new TraceError(`tfjs-onnx: DepthToSpace with dataFormat '${dataFormat}'; transpose the image to NHWC first`);
    const [n, h, w, c] = x.shape as [number, number, number, number];
    const depth = c / blockSize ** 2;
    const apart = [n, h, w, blockSize, blockSize, depth];
    return exchanged(call, x, apart, [0, 1, 3, 2, 4, 5], [n, h * blockSize, w * blockSize, depth]);
  },

  Diag(call) {
    const { graph } = call;
    const given = operand(call, 'x');
    const x = cast(call, given, given.dtype === 'bool' ? 'int32' : given.dtype);
    const length = sizeOf(x.shape);
    const isOn = Uint8Array.from({ length: length ** 2 }, (_, i) => (i % (length + 1) === 0 ? 1 : 0));
    const row = graph.node('Reshape', [plainName(graph, x), graph.int64s([length])]);
    const matrix = graph.node('Where', [graph.constant('bool', [length, length], isOn), row, scalar(graph, x.dtype, 0)]);
    const shape = [...x.shape, ...x.shape];
    return cast(call, result(graph.node('Reshape', [matrix, graph.int64s(shape)]), shape, x.dtype), given.dtype);
  },

  FlipLeftRight: (call) => applied(shapes.Reverse, call, { x: operand(call, 'image') }, { dims: [2] }),
};

const exchanged = (call: KernelCall, x: Traced, apart: number[], permutation: number[], together: number[]): Traced => {
  const split = reshaped(call, x, apart);
  plainName(call.graph, split); // a constant gets its first form here
  return reshaped(call, transposed(split, permutation), together);
};
