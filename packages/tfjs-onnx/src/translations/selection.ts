/** Values chosen by rank or by index, and values put where an index says. */
import { backend_util, util } from '@tensorflow/tfjs-core';
import { ELEMENT_TYPE, storedAs } from '../data-types.ts';
import type { Graph } from '../graph.ts';
import { inOrder, plainName, type Traced, transposed } from '../traced.ts';
import { cast, type KernelCall, operand, result, scalar, sizeOf, type Translation } from './translation.ts';

const toInt32 = { to: ELEMENT_TYPE.int32 };

export const selection: Record<string, Translation> = {
  /** Largest first; of equal values the one with the lower index, as in TensorFlow.js. */
  TopK(call) {
    const x = operand(call, 'x');
    const { k } = call.attributes as { k: number };
    const shape = x.shape.with(-1, k);
    const inputs = [plainName(call.graph, x), call.graph.int64s([k])];
    const [values, indices] = call.graph.nodeWithOutputs(2, 'TopK', inputs, { axis: -1, largest: 1, sorted: 1 });
    return [result(values!, shape, x.dtype), result(call.graph.node('Cast', [indices!], toInt32), shape, 'int32')];
  },

  GatherV2(call) {
    const [x, indices] = [operand(call, 'x'), operand(call, 'indices')];
    const { axis, batchDims = 0 } = call.attributes as { axis: number; batchDims?: number };
    const [at] = util.parseAxisParam(axis, [...x.shape]) as [number];
    const { graph } = call;
    if (batchDims === 0) {
      const name = graph.node('Gather', [plainName(graph, x), plainName(graph, indices)], { axis: at });
      return result(name, x.shape.toSpliced(at, 1, ...indices.shape), x.dtype);
    }
    // the gathered axis goes behind the batch and, once gathered, what stood between comes back before it
    const axes = inOrder(x.shape.length);
    const front = transposed(x, [...axes.slice(0, batchDims), at, ...axes.slice(batchDims, at), ...axes.slice(at + 1)]);
    const rows = graph.node('Reshape', [plainName(graph, cast(call, indices, 'int32')), graph.int64s([...indices.shape, 1])]);
    const inputs = [plainName(graph, front), graph.node('Cast', [rows], { to: ELEMENT_TYPE.int64 })];
    const gathered = result(
      graph.node('GatherND', inputs, { batch_dims: batchDims }),
      [...indices.shape, ...front.shape.slice(batchDims + 1)],
      x.dtype,
    );
    const places = inOrder(gathered.shape.length);
    const [firstBetween, firstInner] = [indices.shape.length, indices.shape.length + at - batchDims];
    const between = places.slice(firstBetween, firstInner);
    return transposed(gathered, [
      ...places.slice(0, batchDims),
      ...between,
      ...places.slice(batchDims, firstBetween),
      ...places.slice(firstInner),
    ]);
  },

  GatherNd(call) {
    const [params, indices] = [operand(call, 'params'), operand(call, 'indices')];
    const { graph } = call;
    const rows = graph.node('Cast', [plainName(graph, indices)], { to: ELEMENT_TYPE.int64 });
    const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(indices.shape.at(-1))];
    return result(graph.node('GatherND', [plainName(graph, params), rows]), shape, params.dtype);
  },

  ScatterNd(call) {
    const updates = operand(call, 'updates');
    const shape = call.attributes.shape as number[];
    const zeros = filled(call.graph, scalar(call.graph, updates.dtype, 0), shape);
    return scattered(call, result(zeros, shape, updates.dtype), operand(call, 'indices'), updates, 'add');
  },

  TensorScatterUpdate: (call) => scattered(call, operand(call, 'tensor'), operand(call, 'indices'), operand(call, 'updates'), 'none'),

  SparseToDense(call) {
    const { graph } = call;
    const [indices, values] = [operand(call, 'sparseIndices'), operand(call, 'sparseValues')];
    const { dtype } = values;
    const shape = call.attributes.outputShape as number[];
    const count = [indices.shape[0] ?? 1];
    const background = result(filled(graph, plainName(graph, operand(call, 'defaultValue')), shape), shape, dtype);
    const updates = result(filled(graph, plainName(graph, values), count), count, dtype); // there may be one for all
    return scattered(call, background, indices, updates, 'none');
  },

  /** What a segment id outside of the range says is dropped, as in TensorFlow.js: it goes to a row that is cut off. */
  UnsortedSegmentSum(call) {
    const { graph } = call;
    const { numSegments } = call.attributes as { numSegments: number };
    const x = cast(call, operand(call, 'x'), 'float32');
    const ids = plainName(graph, operand(call, 'segmentIds'));
    const isInside = graph.node('And', [
      graph.node('GreaterOrEqual', [ids, scalar(graph, 'int32', 0)]),
      graph.node('Less', [ids, scalar(graph, 'int32', numSegments)]),
    ]);
    const rows = graph.node('Where', [isInside, ids, scalar(graph, 'int32', numSegments)]);
    const [count, inner] = [x.shape[0]!, x.shape.slice(1)];
    const sums = scatteredRows(graph, filled(graph, graph.float(0), [numSegments + 1, sizeOf(inner)]), rows, plainName(graph, x), {
      count,
      width: sizeOf(inner),
      reduction: 'add',
    });
    const shape = [numSegments, ...inner];
    const kept = graph.node('Slice', [sums, graph.int64s([0]), graph.int64s([numSegments]), graph.int64s([0])]);
    return result(graph.node('Reshape', [kept, graph.int64s(shape)]), shape, 'float32');
  },

  /** An index outside of the depth is nowhere hot. */
  OneHot(call) {
    const { graph } = call;
    const indices = operand(call, 'indices');
    const {
      depth,
      onValue,
      offValue,
      dtype = 'float32',
    } = call.attributes as Record<'depth' | 'onValue' | 'offValue', number> & {
      dtype?: Traced['dtype'];
    };
    const column = graph.node('Reshape', [plainName(graph, indices), graph.int64s([...indices.shape, 1])]);
    const isHot = graph.node('Equal', [
      column,
      graph.constant(
        indices.dtype,
        [depth],
        storedAs(
          indices.dtype,
          Array.from({ length: depth }, (_, i) => i),
        ),
      ),
    ]);
    const name = graph.node('Where', [isHot, graph.float(onValue), graph.float(offValue)]);
    return cast(call, result(name, [...indices.shape, depth], 'float32'), dtype);
  },
};

/** One value everywhere. */
const filled = (graph: Graph, value: string, shape: readonly number[]): string => graph.node('Expand', [value, graph.int64s(shape)]);

/** `target` with `updates` added, or put in, at the rows that `indices` [..., depth] name by their places along the first axes. */
function scattered(call: KernelCall, target: Traced, indices: Traced, updates: Traced, reduction: 'add' | 'none'): Traced {
  const { graph } = call;
  const { sliceRank, numUpdates, sliceSize, strides, outputSize } = backend_util.calculateShapes(updates as never, indices as never, [
    ...target.shape,
  ]);
  const tuples = graph.node('Reshape', [plainName(graph, indices), graph.int64s([numUpdates, sliceRank])]);
  const weighted = graph.node('Mul', [tuples, graph.constant('int32', [sliceRank], Int32Array.from(strides.slice(0, sliceRank)))]);
  const rows = graph.node('ReduceSum', [weighted, graph.int64s([1])], { keepdims: 1 });
  const name = scatteredRows(
    graph,
    graph.node('Reshape', [plainName(graph, target), graph.int64s([outputSize / sliceSize, sliceSize])]),
    rows,
    plainName(graph, updates),
    { count: numUpdates, width: sliceSize, reduction },
  );
  return result(graph.node('Reshape', [name, graph.int64s(target.shape)]), target.shape, target.dtype);
}

/** ScatterElements goes through the rows in their order; ScatterND does not, and adds to one row from several threads. */
function scatteredRows(
  graph: Graph,
  target: string,
  rows: string,
  updates: string,
  { count, width, reduction }: { count: number; width: number; reduction: 'add' | 'none' },
): string {
  const shape = graph.int64s([count, width]);
  const column = graph.node('Reshape', [rows, graph.int64s([count, 1])]);
  const inputs = [target, graph.node('Expand', [column, shape]), graph.node('Reshape', [updates, shape])];
  return graph.node('ScatterElements', inputs, { axis: 0, reduction });
}
