/**
 * Images of another size. Each new row is a weighted sum of old rows, and so is each new column of columns. The weights are
 * constants, computed as TensorFlow.js does it; a gradient is the sum with the same weights, turned round.
 */
import { nameIn, type Traced } from '../traced.ts';
import { cast, type KernelCall, operand, result, type Translation } from './translation.ts';
import { NCHW } from './windows.ts';

type Attributes = { alignCorners: boolean; halfPixelCenters: boolean };

/** Where a new pixel comes from: places along the old axis, with weights. */
type Source = readonly (readonly [place: number, weight: number])[];
type Sources = (from: number, to: number, attributes: Attributes) => Source[];

const ratio = (from: number, to: number, alignCorners: boolean): number => (alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to);

const nearest: Sources = (from, to, { alignCorners, halfPixelCenters }) =>
  Array.from({ length: to }, (_, i) => {
    const place = ratio(from, to, alignCorners) * (halfPixelCenters ? i + 0.5 : i);
    return [[Math.min(from - 1, alignCorners ? Math.round(place) : Math.floor(place)), 1]];
  });

const bilinear: Sources = (from, to, { alignCorners, halfPixelCenters }) =>
  Array.from({ length: to }, (_, i) => {
    const scale = ratio(from, to, alignCorners);
    const place = halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i;
    const below = Math.max(0, Math.floor(place));
    const above = Math.min(from - 1, Math.ceil(place));
    return [
      [below, 1 - (place - below)],
      [Math.max(0, above), place - below],
    ];
  });

export const resizing: Record<string, Translation> = {
  ResizeNearestNeighbor(call) {
    const { graph } = call;
    const x = operand(call, 'images');
    const size = call.attributes.size as [number, number];
    const factors = wholeFactors(call, x.shape, size);
    if (factors && x.dtype === 'float32') {
      const scales = graph.constant('float32', [4], Float32Array.of(1, 1, ...factors));
      const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
      return image(graph.node('Resize', [nameIn(graph, x, NCHW), '', scales], attributes), resized(x, size), x.dtype);
    }
    const name = size.reduce(
      (source, to, axis) => {
        const places = nearest(x.shape[axis + 1]!, to, call.attributes as Attributes).map(([first]) => first![0]);
        return graph.node('Gather', [source, graph.int64s(places)], { axis: axis + 2 });
      },
      nameIn(graph, x, NCHW),
    );
    return image(name, resized(x, size), x.dtype);
  },

  ResizeNearestNeighborGrad(call) {
    const { graph } = call;
    const [x, dy] = [operand(call, 'images'), operand(call, 'dy')];
    const factors = wholeFactors(call, x.shape, dy.shape.slice(1, 3) as [number, number]);
    if (!factors) return gradient(call, nearest);
    const [n, h, w, c] = x.shape as [number, number, number, number];
    const spread = graph.node('Reshape', [nameIn(graph, dy, NCHW), graph.int64s([n, c, h, factors[0], w, factors[1]])]);
    return image(graph.node('ReduceSum', [spread, graph.int64s([3, 5])], { keepdims: 0 }), x.shape);
  },

  ResizeBilinear(call) {
    const x = cast(call, operand(call, 'images'), 'float32');
    const size = call.attributes.size as [number, number];
    const [rows, columns] = size.map((to, axis) => bilinear(x.shape[axis + 1]!, to, call.attributes as Attributes)) as [Source[], Source[]];
    return image(weighted(call, x, matrix(call, rows, x.shape[1]!), matrix(call, columns, x.shape[2]!, true)), resized(x, size));
  },

  ResizeBilinearGrad: (call) => gradient(call, bilinear),
};

function gradient(call: KernelCall, sources: Sources): Traced {
  const [{ shape }, dy] = [operand(call, 'images'), operand(call, 'dy')];
  const along = (axis: number) => sources(shape[axis]!, dy.shape[axis]!, call.attributes as Attributes);
  return image(weighted(call, dy, matrix(call, along(1), shape[1]!, true), matrix(call, along(2), shape[2]!)), shape);
}

/** `rows` · each channel · `columns`, in [n, c, h, w]. */
const weighted = ({ graph }: KernelCall, x: Traced, rows: string, columns: string): string =>
  graph.node('MatMul', [rows, graph.node('MatMul', [nameIn(graph, x, NCHW), columns])]);

/** Weights [new, old], or turned round. */
function matrix({ graph }: KernelCall, sources: readonly Source[], from: number, isTurned = false): string {
  const to = sources.length;
  const weights = new Float32Array(to * from);
  for (const [i, source] of sources.entries())
    for (const [place, weight] of source) weights[isTurned ? place * to + i : i * from + place]! += weight;
  return graph.constant('float32', isTurned ? [from, to] : [to, from], weights);
}

/** Enlarging by whole factors needs no weights. */
function wholeFactors({ attributes }: KernelCall, shape: readonly number[], to: readonly [number, number]): [number, number] | undefined {
  const { alignCorners, halfPixelCenters } = attributes as Attributes;
  const factors = [to[0] / shape[1]!, to[1] / shape[2]!] as [number, number];
  return !alignCorners && !halfPixelCenters && factors.every((factor) => Number.isInteger(factor)) ? factors : undefined;
}

const resized = (x: Traced, size: readonly [number, number]): number[] => [x.shape[0]!, ...size, x.shape[3]!];

const image = (name: string, shape: readonly number[], dtype: Traced['dtype'] = 'float32'): Traced => result(name, shape, dtype, NCHW);
