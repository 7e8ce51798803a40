/** Many values to one, along axes. */
import { util } from '@tensorflow/tfjs-core';
import { nameIn, nameInLayout, nativeOrder, type Traced } from '../traced.ts';
import { isBlocked, sumsBlocked } from './blocked.ts';
import { cast, type KernelCall, operand, result, type Translation } from './translation.ts';
import { BLOCKED } from './windows.ts';

const reduction =
  (
    operator: string,
    computesIn: (dtype: Traced['dtype']) => Traced['dtype'] = (dtype) => (dtype === 'bool' ? 'int32' : dtype),
  ): Translation =>
  (call) => {
    const given = operand(call, 'x');
    const x = cast(call, given, computesIn(given.dtype));
    const { axis, reductionIndices, keepDims } = call.attributes as { axis?: number[]; reductionIndices?: number[]; keepDims?: boolean };
    const axes = util.parseAxisParam((axis ?? reductionIndices)!, [...x.shape]); // Max has its own word for it
    if (axes.length === 0) return x;
    const order = nativeOrder(x);
    const positions = axes.map((one) => order.indexOf(one)).sort((a, b) => a - b);
    const name = call.graph.node(operator, [nameIn(call.graph, x, order), call.graph.int64s(positions)], { keepdims: keepDims ? 1 : 0 });
    if (keepDims) {
      const shape = x.shape.map((length, one) => (axes.includes(one) ? 1 : length));
      return result(name, shape, x.dtype, order);
    }
    const kept = x.shape.map((_, one) => one).filter((one) => !axes.includes(one));
    const keptOrder = order.filter((one) => !axes.includes(one)).map((one) => kept.indexOf(one));
    return result(
      name,
      kept.map((one) => x.shape[one]!),
      x.dtype,
      keptOrder,
    );
  };

/** Sums over all pixels, and over all samples too, of an image in the blocked layout; undefined for others. */
function sumOverPixelsBlocked(call: KernelCall): Traced | undefined {
  const { graph } = call;
  const x = operand(call, 'x');
  const { axis, keepDims } = call.attributes as { axis: number[]; keepDims?: boolean };
  const axes = util.parseAxisParam(axis, [...x.shape]).join();
  if (!isBlocked(x) || keepDims || (axes !== '1,2' && axes !== '0,1,2')) return undefined;
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const sums = graph.node('Reshape', [sumsBlocked(graph, nameInLayout(graph, x, BLOCKED), { n, h, w, c }), graph.int64s([n, c])]);
  if (axes === '1,2') return result(sums, [n, c], x.dtype);
  return result(graph.node('ReduceSum', [sums, graph.int64s([0])], { keepdims: 0 }), [c], x.dtype);
}

export const reductions: Record<string, Translation> = {
  Max: reduction('ReduceMax'),
  Mean: reduction('ReduceMean', () => 'float32'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  Sum: (call) => sumOverPixelsBlocked(call) ?? reduction('ReduceSum')(call),
};
