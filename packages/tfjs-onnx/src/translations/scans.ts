/** Sums and products of all values up to each one. */
import type { Graph } from '../graph.ts';
import { plainName } from '../traced.ts';
import { axisIn, cast, type KernelCall, operand, result, scalar, type Translation } from './translation.ts';

/** What a scan is asked for; whole numbers and bools are scanned as int32. */
function scan(call: KernelCall) {
  const given = operand(call, 'x');
  const { axis, exclusive, reverse } = call.attributes as { axis: number; exclusive: boolean; reverse: boolean };
  return { x: cast(call, given, given.dtype === 'bool' ? 'int32' : given.dtype), axis: axisIn(axis, given), exclusive, reverse };
}

export const scans: Record<string, Translation> = {
  Cumsum(call) {
    const { x, axis, exclusive, reverse } = scan(call);
    const inputs = [plainName(call.graph, x), call.graph.constant('int64', [], BigInt64Array.of(BigInt(axis)))];
    return result(call.graph.node('CumSum', inputs, { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 }), x.shape, x.dtype);
  },

  /** ONNX has no product of this kind: the values are multiplied with themselves moved by 1, 2, 4, … places. */
  Cumprod(call) {
    const { graph } = call;
    const { x, axis, exclusive, reverse } = scan(call);
    const length = x.shape[axis]!;
    const one = scalar(graph, x.dtype, 1);
    const moved = (name: string, places: number) => {
      const kept = reverse ? slice(graph, name, axis, places, length) : slice(graph, name, axis, 0, length - places);
      const [before, after] = [x.shape.map(() => 0), x.shape.map(() => 0)];
      (reverse ? after : before)[axis] = places;
      return graph.node('Pad', [kept, graph.int64s([...before, ...after]), one]);
    };
    let product = plainName(graph, x);
    if (exclusive) product = moved(product, 1);
    for (let places = 1; places < length; places *= 2) product = graph.node('Mul', [product, moved(product, places)]);
    return result(product, x.shape, x.dtype);
  },
};

const slice = (graph: Graph, name: string, axis: number, begin: number, end: number): string =>
  graph.node('Slice', [name, graph.int64s([begin]), graph.int64s([end]), graph.int64s([axis])]);
