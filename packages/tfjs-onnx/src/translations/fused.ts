/**
 * Kernels that TensorFlow.js doesn't have and that networks may call where they are registered: one subgraph of what ONNX Runtime is
 * good at instead of a dozen primitives, and gradients that share its parts.
 */
import type { Graph } from '../graph.ts';
import { nameIn, nameInLayout, nativeLayout, plainName, type Traced } from '../traced.ts';
import { isBlocked, productsBlocked, scaledBlocked, sumsBlocked } from './blocked.ts';
import { type KernelCall, operand, result, type Translation } from './translation.ts';
import { BLOCKED, NCHW } from './windows.ts';

export const fused: Record<string, Translation> = {
  /** x [n, h, w, c], scale [c], offset [c] -> x normalised over each group of channels, scaled and shifted. */
  RddpmGroupNorm(call) {
    if (isBlocked(operand(call, 'x'))) return groupNormBlocked(call);
    const { x, graph, normalized, perChannel } = normalize(call);
    const scaled = graph.node('Mul', [normalized, perChannel('scale')]);
    return result(graph.node('Add', [scaled, perChannel('offset')]), x.shape, 'float32', NCHW);
  },

  /** -> gradients with respect to x, scale, offset. */
  RddpmGroupNormGrad(call) {
    if (isBlocked(operand(call, 'x'))) return groupNormGradientBlocked(call);
    const { x, graph, groups, normalized, inverseDeviation } = normalize(call);
    const [n, h, w, c] = x.shape as [number, number, number, number];
    const dy = nameIn(graph, operand(call, 'dy'), NCHW);
    const dyNormalized = graph.node('Mul', [dy, normalized]);
    const overPixels = (name: string) => graph.node('ReduceSum', [name, graph.int64s([2, 3])], { keepdims: 0 }); // [n, c]
    const [sumDy, sumDyNormalized] = [overPixels(dy), overPixels(dyNormalized)];
    const overBatch = (name: string) => graph.node('ReduceSum', [name, graph.int64s([0])], { keepdims: 0 });

    // dx = (scale dy - mean(scale dy) - x̂ mean(scale dy x̂)) / σ, the means over each group; what doesn't depend on the pixel comes first
    const scale = plainName(graph, operand(call, 'scale'));
    const size = (c / groups) * h * w;
    const groupMean = (perSample: string) => {
      const grouped = graph.node('Reshape', [graph.node('Mul', [perSample, scale]), graph.int64s([n, groups, c / groups])]);
      const sum = graph.node('ReduceSum', [grouped, graph.int64s([2])], { keepdims: 1 });
      return graph.node('Mul', [graph.node('Mul', [sum, graph.float(1 / size)]), inverseDeviation]);
    };
    const rows = (name: string) => graph.node('Reshape', [name, graph.int64s([n, groups, size])]);
    const factors = graph.node('Mul', [graph.node('Reshape', [scale, graph.int64s([1, groups, c / groups])]), inverseDeviation]);
    const scaled = graph.node('Mul', [dy, graph.node('Reshape', [factors, graph.int64s([n, c, 1, 1])])]);
    const projected = graph.node('Mul', [rows(normalized), groupMean(sumDyNormalized)]);
    const dx = graph.node('Sub', [graph.node('Sub', [rows(scaled), projected]), groupMean(sumDy)]);
    return [
      result(graph.node('Reshape', [dx, graph.int64s([n, c, h, w])]), x.shape, 'float32', NCHW),
      result(overBatch(sumDyNormalized), [c], 'float32'),
      result(overBatch(sumDy), [c], 'float32'),
    ];
  },

  /** x · sigmoid(x), in any shape. */
  RddpmSilu(call) {
    const x = operand(call, 'x');
    const layout = nativeLayout(x);
    return result(silu(call.graph, nameInLayout(call.graph, x, layout)).y, x.shape, 'float32', layout);
  },

  /** dx = dy · σ (1 + x - y), with σ = sigmoid(x), y = silu(x). */
  RddpmSiluGrad(call) {
    const { graph } = call;
    const [input, gradient] = [operand(call, 'x'), operand(call, 'dy')];
    const layout = nativeLayout(input);
    const [x, dy] = [nameInLayout(graph, input, layout), nameInLayout(graph, gradient, layout)];
    const { y, sigmoid } = silu(graph, x);
    const rest = graph.node('Add', [graph.node('Sub', [x, y]), graph.float(1)]);
    return result(graph.node('Mul', [graph.node('Mul', [dy, sigmoid]), rest]), input.shape, 'float32', layout);
  },
};

/** Without a gradient ONNX Runtime makes one node of the two. */
function silu(graph: Graph, x: string): { y: string; sigmoid: string } {
  const sigmoid = graph.node('Sigmoid', [x]);
  return { y: graph.node('Mul', [x, sigmoid]), sigmoid };
}

/** x̂ = (x - mean) / σ as [n, c, h, w], and 1/σ as [n, groups, 1]: a layer normalisation over rows of one group each. */
function normalize(call: KernelCall) {
  const { graph } = call;
  const x = operand(call, 'x');
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const { groups, epsilon } = call.attributes as { groups: number; epsilon: number };
  const size = (c / groups) * h * w;
  const rows = graph.node('Reshape', [nameIn(graph, x, NCHW), graph.int64s([n, groups, size])]);
  const ones = graph.node('Expand', [graph.float(1), graph.int64s([size])]);
  const [flat, , inverseDeviation] = graph.nodeWithOutputs(3, 'LayerNormalization', [rows, ones], {
    axis: -1,
    epsilon: { float: epsilon },
  });
  const normalized = graph.node('Reshape', [flat!, graph.int64s([n, c, h, w])]);
  const perChannel = (name: string) => graph.node('Reshape', [plainName(graph, operand(call, name)), graph.int64s([1, c, 1, 1])]);
  return { x: x as Traced, graph, groups, normalized, inverseDeviation: inverseDeviation!, perChannel };
}

/**
 * The same statistics in the blocked layout, where a group's channels don't lie together: sums per channel first, [n, groups, c/groups],
 * then per group, [n, groups, 1].
 */
function momentsBlocked(call: KernelCall) {
  const { graph } = call;
  const traced = operand(call, 'x');
  const [n, h, w, c] = traced.shape as [number, number, number, number];
  const { groups, epsilon } = call.attributes as { groups: number; epsilon: number };
  const size = { n, h, w, c };
  const x = nameInLayout(graph, traced, BLOCKED);
  const grouped = (perChannel: string) => graph.node('Reshape', [perChannel, graph.int64s([-1, groups, c / groups])]);
  const meanOf = (perChannel: string) => {
    const sum = graph.node('ReduceSum', [perChannel, graph.int64s([2])], { keepdims: 1 });
    return graph.node('Mul', [sum, graph.float(groups / (h * w * c))]);
  };
  const mean = meanOf(grouped(sumsBlocked(graph, x, size)));
  const meanSquare = meanOf(grouped(productsBlocked(graph, x, x, size)));
  const variance = graph.node('Max', [graph.node('Sub', [meanSquare, graph.node('Mul', [mean, mean])]), graph.float(0)]);
  const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.float(epsilon)])]);
  const inverseDeviation = graph.node('Reciprocal', [deviation]);
  const scale = grouped(plainName(graph, operand(call, 'scale')));
  return { graph, traced, size, x, grouped, meanOf, mean, inverseDeviation, scale, factor: graph.node('Mul', [scale, inverseDeviation]) };
}

function groupNormBlocked(call: KernelCall): Traced {
  const { graph, traced, size, x, grouped, mean, factor } = momentsBlocked(call);
  const offset = grouped(plainName(graph, operand(call, 'offset')));
  const shift = graph.node('Sub', [offset, graph.node('Mul', [mean, factor])]);
  return result(scaledBlocked(graph, x, size, { scale: factor, shift }), traced.shape, 'float32', BLOCKED);
}

/** dx = (scale dy - m₁ - x̂ m₂) / σ with m₁, m₂ as in the plain layout: linear in dy and x, so two passes. */
function groupNormGradientBlocked(call: KernelCall): Traced[] {
  const { graph, traced, size, x, grouped, meanOf, mean, inverseDeviation, scale, factor } = momentsBlocked(call);
  const { n, c } = size;
  const mul = (a: string, b: string) => graph.node('Mul', [a, b]);
  const dy = nameInLayout(graph, operand(call, 'dy'), BLOCKED);
  const sumDy = grouped(sumsBlocked(graph, dy, size));
  const sumDyX = grouped(productsBlocked(graph, dy, x, size));
  const sumDyNormalized = mul(inverseDeviation, graph.node('Sub', [sumDyX, mul(mean, sumDy)]));
  const [m1, m2] = [sumDy, sumDyNormalized].map((sum) => mul(inverseDeviation, meanOf(mul(scale, sum)))) as [string, string]; // over σ
  const slope = graph.node('Neg', [mul(inverseDeviation, m2)]);
  const shift = graph.node('Neg', [graph.node('Add', [mul(slope, mean), m1])]);
  const groups = call.attributes.groups as number;
  const spread = (perGroup: string) => graph.node('Expand', [perGroup, graph.int64s([n, groups, c / groups])]);
  const ofX = scaledBlocked(graph, x, size, { scale: spread(slope), shift: spread(shift) });
  const overBatch = (sum: string) =>
    graph.node('Reshape', [graph.node('ReduceSum', [sum, graph.int64s([0])], { keepdims: 0 }), graph.int64s([c])]);
  return [
    result(scaledBlocked(graph, dy, size, { scale: factor, sum: ofX }), traced.shape, 'float32', BLOCKED),
    result(overBatch(sumDyNormalized), [c], 'float32'),
    result(overBatch(sumDy), [c], 'float32'),
  ];
}
