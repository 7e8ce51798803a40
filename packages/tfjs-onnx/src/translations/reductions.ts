/** Many values to one, along axes. */
import { util } from '@tensorflow/tfjs-core';
import { ELEMENT_TYPE } from '../data-types.ts';
import { nameIn, nameInLayout, nativeOrder, plainName, type Traced } from '../traced.ts';
import { isBlocked, sumsBlocked } from './blocked.ts';
import { axisIn, cast, type KernelCall, operand, result, type Translation } from './translation.ts';
import { BLOCKED } from './windows.ts';

type DataType = Traced['dtype'];

const boolAsInt = (dtype: DataType): DataType => (dtype === 'bool' ? 'int32' : dtype);
const same = (dtype: DataType): DataType => dtype;

const reduction =
  (operator: string, within: (dtype: DataType) => DataType, out: (dtype: DataType) => DataType): Translation =>
  (call) => {
    const given = operand(call, 'x');
    const x = cast(call, given, within(given.dtype));
    const { axis, reductionIndices, keepDims } = call.attributes as { axis?: number[]; reductionIndices?: number[]; keepDims?: boolean };
    const axes = util.parseAxisParam((axis ?? reductionIndices)!, [...x.shape]); // Max has its own word for it
    if (axes.length === 0) return cast(call, x, out(given.dtype));
    const order = nativeOrder(x);
    const positions = axes.map((one) => order.indexOf(one)).sort((a, b) => a - b);
    const name = call.graph.node(operator, [nameIn(call.graph, x, order), call.graph.int64s(positions)], { keepdims: keepDims ? 1 : 0 });
    const kept = x.shape.map((_, one) => one).filter((one) => keepDims || !axes.includes(one));
    const reduced = result(
      name,
      kept.map((one) => (axes.includes(one) ? 1 : x.shape[one]!)),
      x.dtype,
      order.filter((one) => kept.includes(one)).map((one) => kept.indexOf(one)),
    );
    return cast(call, reduced, out(given.dtype));
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

/** The index of the first of them, if several are equal. */
const argument =
  (operator: 'ArgMax' | 'ArgMin'): Translation =>
  (call) => {
    const given = operand(call, 'x');
    const x = cast(call, given, boolAsInt(given.dtype));
    const axis = axisIn(call.attributes.axis as number, x);
    const name = call.graph.node(operator, [plainName(call.graph, x)], { axis, keepdims: 0 });
    return result(call.graph.node('Cast', [name], { to: ELEMENT_TYPE.int32 }), x.shape.toSpliced(axis, 1), 'int32');
  };

export const reductions: Record<string, Translation> = {
  All: reduction('ReduceMin', boolAsInt, same),
  Any: reduction('ReduceMax', boolAsInt, same),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Max: reduction('ReduceMax', boolAsInt, same),
  Mean: reduction(
    'ReduceMean',
    () => 'float32',
    () => 'float32',
  ),
  Min: reduction('ReduceMin', boolAsInt, same),
  Prod: reduction('ReduceProd', boolAsInt, boolAsInt),
  Sum: (call) => sumOverPixelsBlocked(call) ?? (reduction('ReduceSum', boolAsInt, boolAsInt)(call) as Traced),
};
