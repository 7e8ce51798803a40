/** Matrix products, softmax. */
import { backend_util } from '@tensorflow/tfjs-core';
import { inOrder, plainName } from '../traced.ts';
import { operand, result, type Translation } from './translation.ts';

const MICROSOFT = 'com.microsoft';

export const products: Record<string, Translation> = {
  BatchMatMul(call) {
    const [a, b] = [operand(call, 'a'), operand(call, 'b')];
    const { transposeA, transposeB } = call.attributes as { transposeA: boolean; transposeB: boolean };
    const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const shape = [...batch, a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!];
    const names = [plainName(call.graph, a), plainName(call.graph, b)];
    if (!transposeA && !transposeB) return result(call.graph.node('MatMul', names), shape, 'float32');
    const transposes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    return result(call.graph.node('FusedMatMul', names, transposes, MICROSOFT), shape, 'float32');
  },

  Softmax(call) {
    const x = operand(call, 'logits');
    const axis = ((call.attributes.dim as number) + x.shape.length) % x.shape.length;
    return result(call.graph.node('Softmax', [plainName(call.graph, x)], { axis }), x.shape, 'float32', inOrder(x.shape.length));
  },
};
