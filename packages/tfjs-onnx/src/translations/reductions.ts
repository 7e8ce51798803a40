/** Many values to one, along axes. */
import { util } from '@tensorflow/tfjs-core';
import { nameIn, nativeOrder, type Traced } from '../traced.ts';
import { cast, operand, result, type Translation } from './translation.ts';

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

export const reductions: Record<string, Translation> = {
  Max: reduction('ReduceMax'),
  Mean: reduction('ReduceMean', () => 'float32'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  Sum: reduction('ReduceSum'),
};
