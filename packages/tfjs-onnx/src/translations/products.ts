/** Products of matrices and of tensors. */
import { backend_util } from '@tensorflow/tfjs-core';
import { inOrder, plainName, type Traced, transposed } from '../traced.ts';
import { type KernelCall, operand, result, type Translation } from './translation.ts';

const MICROSOFT = 'com.microsoft';

export const products: Record<string, Translation> = {
  BatchMatMul(call) {
    const { graph } = call;
    const [a, b] = [operand(call, 'a'), operand(call, 'b')];
    const { transposeA, transposeB } = call.attributes as { transposeA: boolean; transposeB: boolean };
    const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const shape = [...batch, a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!];
    if (a.dtype === 'float32' && (transposeA || transposeB)) {
      const transposes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
      return result(graph.node('FusedMatMul', [plainName(graph, a), plainName(graph, b)], transposes, MICROSOFT), shape, a.dtype);
    }
    return result(graph.node('MatMul', [matrices(call, a, transposeA), matrices(call, b, transposeB)]), shape, a.dtype);
  },

  Einsum(call) {
    const operands = Object.values(call.inputs);
    const equation = (call.attributes.equation as string).replaceAll(/\s/g, '');
    const [given, wanted] = equation.split('->') as [string, string];
    const lengths = new Map(
      given.split(',').flatMap((letters, i) => [...letters].map((letter, axis) => [letter, operands[i]!.shape[axis]!])),
    );
    const names = operands.map((one) => plainName(call.graph, one));
    const shape = [...wanted].map((letter) => lengths.get(letter)!);
    return result(call.graph.node('Einsum', names, { equation }), shape, operands[0]!.dtype);
  },
};

/** The name of `x` with its last two axes exchanged, if so. */
function matrices({ graph }: KernelCall, x: Traced, isTransposed: boolean): string {
  const name = plainName(graph, x);
  if (!isTransposed) return name;
  const axes = inOrder(x.shape.length);
  return plainName(graph, transposed(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]));
}
