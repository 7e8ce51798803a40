/** Images of another size. */
import { TraceError } from '../errors.ts';
import { nameIn } from '../traced.ts';
import { type KernelCall, operand, type Translation } from './translation.ts';
import { image, NCHW } from './windows.ts';

export const resizing: Record<string, Translation> = {
  ResizeNearestNeighbor(call) {
    const x = operand(call, 'images');
    const [n, h, w, c] = x.shape as [number, number, number, number];
    const [newH, newW] = call.attributes.size as [number, number];
    const { graph } = call;
    const [byH, byW] = wholeFactors(call, [h, w], [newH, newW]);
    const scales = graph.constant('float32', [4], Float32Array.of(1, 1, byH, byW));
    const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
    return image(graph.node('Resize', [nameIn(graph, x, NCHW), '', scales], attributes), { n, h: newH, w: newW, c });
  },

  ResizeNearestNeighborGrad(call) {
    const [images, dy] = [operand(call, 'images'), operand(call, 'dy')];
    const [n, h, w, c] = images.shape as [number, number, number, number];
    const { graph } = call;
    const [byH, byW] = wholeFactors(call, [h, w], dy.shape.slice(1, 3) as [number, number]);
    const spread = graph.node('Reshape', [nameIn(graph, dy, NCHW), graph.int64s([n, c, h, byH, w, byW])]);
    return image(graph.node('ReduceSum', [spread, graph.int64s([3, 5])], { keepdims: 0 }), { n, h, w, c });
  },
};

function wholeFactors({ attributes }: KernelCall, from: readonly [number, number], to: readonly [number, number]): [number, number] {
  const { alignCorners, halfPixelCenters } = attributes as { alignCorners: boolean; halfPixelCenters: boolean };
  const factors = [to[0] / from[0], to[1] / from[1]] as [number, number];
  if (!alignCorners && !halfPixelCenters && factors.every((factor) => Number.isInteger(factor) && factor >= 1)) return factors;
  throw new TraceError(
    `tfjs-onnx: resizeNearestNeighbor from [${from}] to [${to}] with alignCorners ${alignCorners}, halfPixelCenters ${halfPixelCenters}; ` +
      'only whole factors without either are translated',
  );
}
