/** Values chosen by rank or by index. */
import { ELEMENT_TYPE } from '../data-types.ts';
import { TraceError } from '../errors.ts';
import { plainName } from '../traced.ts';
import { operand, result, type Translation } from './translation.ts';

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
    const { axis, batchDims } = call.attributes as { axis: number; batchDims: number };
    if (batchDims !== 0) throw new TraceError(`tfjs-onnx: gather with batchDims ${batchDims}; only 0 is translated`);
    const at = axis < 0 ? axis + x.shape.length : axis;
    const name = call.graph.node('Gather', [plainName(call.graph, x), plainName(call.graph, indices)], { axis: at });
    return result(name, x.shape.toSpliced(at, 1, ...indices.shape), x.dtype);
  },

  OneHot(call) {
    const indices = operand(call, 'indices');
    const { depth, onValue, offValue } = call.attributes as { depth: number; onValue: number; offValue: number };
    const dtype = (call.attributes.dtype as 'float32' | 'int32' | undefined) ?? 'float32';
    const values = call.graph.constant('float32', [2], Float32Array.of(offValue, onValue));
    const hot = call.graph.node(
      'OneHot',
      [plainName(call.graph, indices), call.graph.constant('int32', [], Int32Array.of(depth)), values],
      { axis: -1 },
    );
    const shape = [...indices.shape, depth];
    return result(dtype === 'float32' ? hot : call.graph.node('Cast', [hot], toInt32), shape, dtype);
  },

  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),

  Cumsum(call) {
    const x = operand(call, 'x');
    const { axis, exclusive, reverse } = call.attributes as { axis: number; exclusive: boolean; reverse: boolean };
    const flags = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
    return result(
      call.graph.node('CumSum', [plainName(call.graph, x), call.graph.constant('int64', [], BigInt64Array.of(BigInt(axis)))], flags),
      x.shape,
      x.dtype,
    );
  },
};

function argument(operator: 'ArgMax' | 'ArgMin'): Translation {
  return (call) => {
    const x = operand(call, 'x');
    const axis = ((call.attributes.axis as number) + x.shape.length) % x.shape.length;
    const name = call.graph.node(operator, [plainName(call.graph, x)], { axis, keepdims: 0 });
    return result(call.graph.node('Cast', [name], toInt32), x.shape.toSpliced(axis, 1), 'int32');
  };
}
