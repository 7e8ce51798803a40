/** One value out for each value in. Operands keep the axis order that they have; the smaller follows the larger. */
import { backend_util } from '@tensorflow/tfjs-core';
import { broadcastNameIn, type Layout, nameInLayout, nativeLayout, nativeOrder, plainName, type Traced } from '../traced.ts';
import { isBlocked, shiftedBlocked } from './blocked.ts';
import { cast, type KernelCall, operand, result, sizeOf, type Translation } from './translation.ts';

type Write = (graph: KernelCall['graph'], x: string) => string;

const unary =
  (write: Write, dtype?: Traced['dtype']): Translation =>
  (call) => {
    const x = operand(call, 'x');
    const layout = nativeLayout(x);
    return result(write(call.graph, nameInLayout(call.graph, x, layout)), x.shape, dtype ?? x.dtype, layout);
  };

const operator =
  (name: string): Write =>
  (graph, x) =>
    graph.node(name, [x]);

/** Names of operands brought to one shape and one layout. */
function together(call: KernelCall, operands: readonly Traced[]): { names: string[]; shape: number[]; order: Layout | readonly number[] } {
  const shape = operands.map((one) => [...one.shape]).reduce((a, b) => backend_util.assertAndGetBroadcastShape(a, b));
  const blocked = operands.map(nativeLayout).find((layout) => layout.blocked);
  if (blocked && operands.every((one) => isFull(one, shape) || sizeOf(one.shape) === 1)) {
    const names = operands.map((one) => (isFull(one, shape) ? nameInLayout(call.graph, one, blocked) : plainName(call.graph, one)));
    return { names, shape, order: blocked };
  }
  const leading = operands.find((one) => one.shape.length === shape.length && sizeOf(one.shape) === sizeOf(shape) && one.forms.length > 0);
  const order = leading ? nativeOrder(leading) : shape.map((_, axis) => axis);
  return { names: operands.map((one) => broadcastNameIn(call.graph, one, order)), shape, order };
}

const isFull = (traced: Traced, shape: readonly number[]): boolean =>
  traced.shape.length === shape.length && traced.shape.every((length, axis) => length === shape[axis]);

const binary =
  (name: string, dtype?: Traced['dtype']): Translation =>
  (call) => {
    const a = operand(call, 'a');
    const { names, shape, order } = together(call, [a, operand(call, 'b')]);
    return result(call.graph.node(name, names), shape, dtype ?? a.dtype, order);
  };

export const elementwise: Record<string, Translation> = {
  Abs: unary(operator('Abs')),
  Ceil: unary(operator('Ceil')),
  Cos: unary(operator('Cos')),
  Elu: unary(operator('Elu')),
  Erf: unary(operator('Erf')),
  Exp: unary(operator('Exp')),
  Floor: unary(operator('Floor')),
  IsNan: unary(operator('IsNaN'), 'bool'),
  Log: unary(operator('Log')),
  LogicalNot: unary(operator('Not')),
  Neg: unary(operator('Neg')),
  Reciprocal: unary(operator('Reciprocal')),
  Relu: unary(operator('Relu')),
  Round: unary(operator('Round')),
  Sigmoid: unary(operator('Sigmoid')),
  Sign: unary(operator('Sign')),
  Sin: unary(operator('Sin')),
  Softplus: unary(operator('Softplus')),
  Sqrt: unary(operator('Sqrt')),
  Tan: unary(operator('Tan')),
  Tanh: unary(operator('Tanh')),
  Expm1: unary((graph, x) => graph.node('Sub', [graph.node('Exp', [x]), graph.float(1)])),
  Log1p: unary((graph, x) => graph.node('Log', [graph.node('Add', [x, graph.float(1)])])),
  Rsqrt: unary((graph, x) => graph.node('Reciprocal', [graph.node('Sqrt', [x])])),
  Square: unary((graph, x) => graph.node('Mul', [x, x])),

  Add(call) {
    const [a, b] = [operand(call, 'a'), operand(call, 'b')];
    const shifted = shiftedBlocked(call, a, b);
    if (shifted) return shifted;
    // two images in the blocked layout: a convolution may add the other one, see simplify.ts
    const isSum = (isBlocked(a) || isBlocked(b)) && isFull(a, b.shape);
    return binary(isSum ? 'Sum' : 'Add')(call);
  },
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: binary('Div'),
  Pow: binary('Pow'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  LogicalAnd: binary('And'),
  LogicalOr: binary('Or'),
  Equal: binary('Equal', 'bool'),
  Greater: binary('Greater', 'bool'),
  GreaterEqual: binary('GreaterOrEqual', 'bool'),
  Less: binary('Less', 'bool'),
  LessEqual: binary('LessOrEqual', 'bool'),

  NotEqual(call) {
    const { names, shape, order } = together(call, [operand(call, 'a'), operand(call, 'b')]);
    return result(call.graph.node('Not', [call.graph.node('Equal', names)]), shape, 'bool', order);
  },

  EluGrad(call) {
    const { graph } = call;
    const y = operand(call, 'y');
    const { names, shape, order } = together(call, [operand(call, 'dy'), y]);
    const [dy, value] = names as [string, string];
    const slope = graph.node('Where', [
      graph.node('GreaterOrEqual', [value, graph.float(0)]),
      graph.float(1),
      graph.node('Add', [value, graph.float(1)]),
    ]);
    return result(graph.node('Mul', [dy, slope]), shape, y.dtype, order);
  },

  SquaredDifference(call) {
    const a = operand(call, 'a');
    const { names, shape, order } = together(call, [a, operand(call, 'b')]);
    const difference = call.graph.node('Sub', names);
    return result(call.graph.node('Mul', [difference, difference]), shape, a.dtype, order);
  },

  Select(call) {
    const [condition, t, e] = [operand(call, 'condition'), operand(call, 't'), operand(call, 'e')];
    if (condition.shape.length === 1 && t.shape.length > 1) {
      // one condition per row: it broadcasts from the left, unlike everything else
      const shape = [condition.shape[0]!, ...Array<number>(t.shape.length - 1).fill(1)];
      const name = call.graph.node('Reshape', [broadcastNameIn(call.graph, condition, [0]), call.graph.int64s(shape)]);
      const { names, shape: full, order } = together(call, [result(name, shape, 'bool'), t, e]);
      return result(call.graph.node('Where', names), full, t.dtype, order);
    }
    const { names, shape, order } = together(call, [condition, t, e]);
    return result(call.graph.node('Where', names), shape, t.dtype, order);
  },

  ClipByValue(call) {
    const { clipValueMin, clipValueMax } = call.attributes as { clipValueMin: number; clipValueMax: number };
    const { graph } = call;
    return unary((_, x) => graph.node('Clip', [x, graph.float(clipValueMin), graph.float(clipValueMax)]))(call);
  },

  Step(call) {
    const { alpha } = call.attributes as { alpha: number };
    const { graph } = call;
    return unary((_, x) => {
      const zero = graph.float(0);
      return graph.node('Where', [graph.node('Greater', [x, zero]), graph.float(1), graph.float(alpha)]);
    })(call);
  },

  Cast: (call) => cast(call, operand(call, 'x'), call.attributes.dtype as Traced['dtype']),
};
