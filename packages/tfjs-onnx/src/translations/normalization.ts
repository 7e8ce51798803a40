/** Values brought to a common scale. */
import type { Graph } from '../graph.ts';
import { broadcastNameIn, nameIn, nativeOrder, plainName } from '../traced.ts';
import { axisIn, type KernelCall, operand, result, type Translation } from './translation.ts';
import { NCHW } from './windows.ts';

export const normalization: Record<string, Translation> = {
  Softmax(call) {
    const x = operand(call, 'logits');
    return result(
      call.graph.node('Softmax', [plainName(call.graph, x)], { axis: axisIn(call.attributes.dim as number, x) }),
      x.shape,
      'float32',
    );
  },

  FusedBatchNorm(call) {
    const { graph } = call;
    const x = operand(call, 'x');
    const { varianceEpsilon = 0.001 } = call.attributes as { varianceEpsilon?: number };
    const order = nativeOrder(x);
    const name = (operandName: string) => broadcastNameIn(graph, operand(call, operandName), order);
    const deviation = graph.node('Sqrt', [graph.node('Add', [name('variance'), graph.float(varianceEpsilon)])]);
    let y = graph.node('Div', [graph.node('Sub', [nameIn(graph, x, order), name('mean')]), deviation]);
    if (call.inputs.scale) y = graph.node('Mul', [y, name('scale')]);
    if (call.inputs.offset) y = graph.node('Add', [y, name('offset')]);
    return result(y, x.shape, 'float32', order);
  },

  LRN(call) {
    const x = operand(call, 'x');
    const { depthRadius, alpha, beta, bias } = attributesOf(call);
    const size = 2 * depthRadius + 1; // ONNX divides alpha by it
    const attributes = { size, alpha: { float: alpha * size }, beta: { float: beta }, bias: { float: bias } };
    return result(call.graph.node('LRN', [nameIn(call.graph, x, NCHW)], attributes), x.shape, 'float32', NCHW);
  },

  /** With s = bias + α Σ x² over the neighbouring channels: dx = dy s⁻ᵝ - 2αβ x Σ dy y / s, over the same neighbours. */
  LRNGrad(call) {
    const { graph } = call;
    const [shape, x, y, dy] = [operand(call, 'x').shape, ...['x', 'y', 'dy'].map((name) => plainName(graph, operand(call, name)))] as const;
    const { depthRadius, alpha, beta, bias } = attributesOf(call);
    const neighbours = band(graph, shape.at(-1)!, depthRadius);
    const overNeighbours = (name: string) => graph.node('MatMul', [name, neighbours]);
    const squares = graph.node('Mul', [overNeighbours(graph.node('Mul', [x!, x!])), graph.float(alpha)]);
    const scale = graph.node('Add', [squares, graph.float(bias)]);
    const direct = graph.node('Mul', [dy!, graph.node('Pow', [scale, graph.float(-beta)])]);
    const shares = overNeighbours(graph.node('Div', [graph.node('Mul', [dy!, y!]), scale]));
    const indirect = graph.node('Mul', [graph.node('Mul', [x!, shares]), graph.float(2 * alpha * beta)]);
    return result(graph.node('Sub', [direct, indirect]), shape, 'float32');
  },
};

const attributesOf = ({ attributes }: KernelCall) => attributes as Record<'depthRadius' | 'alpha' | 'beta' | 'bias', number>;

/** [channels, channels], 1 where two are at most `radius` apart. */
function band(graph: Graph, channels: number, radius: number): string {
  const isNear = (i: number) => Math.abs(Math.floor(i / channels) - (i % channels)) <= radius;
  return graph.constant(
    'float32',
    [channels, channels],
    Float32Array.from({ length: channels ** 2 }, (_, i) => (isNear(i) ? 1 : 0)),
  );
}
