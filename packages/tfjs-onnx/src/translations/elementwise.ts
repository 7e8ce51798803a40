/** One value out for each value in. Operands keep the axis order that they have; the smaller follows the larger. */
import { backend_util, upcastType } from '@tensorflow/tfjs-core';
import { isHeldByOnnx } from '../data-types.ts';
import { TraceError } from '../errors.ts';
import type { Attributes } from '../graph.ts';
import { broadcastNameIn, type Layout, nameInLayout, nativeLayout, nativeOrder, plainName, type Traced } from '../traced.ts';
import { isBlocked, shiftedBlocked } from './blocked.ts';
import { applied, cast, type KernelCall, operand, result, scalar, sizeOf, type Translation } from './translation.ts';

type DataType = Traced['dtype'];

/** Appends a node. A number stands for a constant of the type in which the formula is computed. */
type Write = (operator: string, inputs: readonly (string | number)[], attributes?: Attributes) => string;

/** What is done to the operands, given by name. */
type Formula = (write: Write, operands: readonly string[], attributes: KernelCall['attributes'], dtype: DataType) => string;

/** In which type operands are computed, and which one comes out. */
type Types = { within(dtype: DataType): DataType; out(dtype: DataType): DataType };

const same = (dtype: DataType) => dtype;
const always = (dtype: DataType) => () => dtype;
const boolAsInt = (dtype: DataType): DataType => (dtype === 'bool' ? 'int32' : dtype);

/** Real functions. Whole numbers become real for them, and the results are cut off, as in TensorFlow.js. */
const real: Types = { within: always('float32'), out: same };
const realOut: Types = { within: always('float32'), out: always('float32') };
/** Arithmetic in the operands' own type. */
const arithmetic: Types = { within: same, out: same };
const comparison: Types = { within: boolAsInt, out: always('bool') };
const test: Types = { within: always('float32'), out: always('bool') };
const logic: Types = { within: always('bool'), out: always('bool') };

const [INT32_MIN, INT32_MAX] = [-(2 ** 31), 2 ** 31 - 1];

const isTruth = (types: Types): boolean => types.out('float32') === 'bool';

function mapped(operandNames: readonly string[], types: Types, formula: Formula): Translation {
  return (call) => {
    const given = operandNames.map((name) => operand(call, name));
    const { dtype } = given[0]!;
    if (dtype === 'bool' && !isTruth(types))
      throw new TraceError(`tfjs-onnx: ${call.kernel} of a bool tensor; cast it to int32 or float32 first`);
    const within = types.within(dtype);
    const { names, shape, layout } = together(
      call,
      given.map((one) => cast(call, one, within)),
    );
    const { graph } = call;
    const write: Write = (operator, inputs, attributes) =>
      graph.node(
        operator,
        inputs.map((input) => (typeof input === 'number' ? scalar(graph, within, input) : input)),
        attributes,
      );
    const name = formula(write, names, call.attributes, within);
    return cast(call, result(name, shape, isTruth(types) ? 'bool' : within, layout), types.out(dtype));
  };
}

const unary = (types: Types, formula: (write: Write, x: string, attributes: KernelCall['attributes'], dtype: DataType) => string) =>
  mapped(['x'], types, (write, [x], attributes, dtype) => formula(write, x!, attributes, dtype));

const binary = (types: Types, formula: (write: Write, a: string, b: string, dtype: DataType) => string) =>
  mapped(['a', 'b'], types, (write, [a, b], _, dtype) => formula(write, a!, b!, dtype));

/** ONNX has the very operator. */
const operator =
  (name: string): Formula =>
  (write, operands) =>
    write(name, operands);

const each = (types: Types, operandNames: readonly string[], operators: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(operators).map(([kernel, name]) => [kernel, mapped(operandNames, types, operator(name))]));

const isFull = (traced: Traced, shape: readonly number[]): boolean => traced.shape.join() === shape.join();

/** Names of operands brought to one shape and one layout. */
function together(call: KernelCall, operands: readonly Traced[]): { names: string[]; shape: number[]; layout: Layout } {
  const shape = operands.map((one) => [...one.shape]).reduce((a, b) => backend_util.assertAndGetBroadcastShape(a, b));
  const blocked = operands.map(nativeLayout).find((layout) => layout.blocked);
  if (blocked && operands.every((one) => isFull(one, shape) || sizeOf(one.shape) === 1)) {
    const names = operands.map((one) => (isFull(one, shape) ? nameInLayout(call.graph, one, blocked) : plainName(call.graph, one)));
    return { names, shape, layout: blocked };
  }
  const leading = operands.find((one) => one.shape.length === shape.length && sizeOf(one.shape) === sizeOf(shape) && one.forms.length > 0);
  const order = leading ? nativeOrder(leading) : shape.map((_, axis) => axis);
  return { names: operands.map((one) => broadcastNameIn(call.graph, one, order)), shape, layout: { order } };
}

/** A divisor that is not 0: dividing a whole number by 0 would end the process. */
const divisor = (write: Write, b: string): string => write('Where', [write('Equal', [b, 0]), 1, b]);

/** a - b⌊a/b⌋ of whole numbers; 0 where b is 0, as in TensorFlow.js. */
const wholeRemainder = (write: Write, a: string, b: string): string =>
  write('Where', [write('Equal', [b, 0]), 0, write('Mod', [a, divisor(write, b)])]);

export const elementwise: Record<string, Translation> = {
  ...each(real, ['x'], {
    Acos: 'Acos',
    Acosh: 'Acosh',
    Asin: 'Asin',
    Asinh: 'Asinh',
    Atan: 'Atan',
    Atanh: 'Atanh',
    Ceil: 'Ceil',
    Cos: 'Cos',
    Cosh: 'Cosh',
    Elu: 'Elu',
    Erf: 'Erf',
    Exp: 'Exp',
    Floor: 'Floor',
    Log: 'Log',
    Reciprocal: 'Reciprocal',
    Round: 'Round',
    Selu: 'Selu',
    Sigmoid: 'Sigmoid',
    Sin: 'Sin',
    Sinh: 'Sinh',
    Softplus: 'Softplus',
    Sqrt: 'Sqrt',
    Tan: 'Tan',
    Tanh: 'Tanh',
  }),
  ...each(arithmetic, ['x'], { Abs: 'Abs', Neg: 'Neg', Relu: 'Relu', Sign: 'Sign' }),
  ...each(test, ['x'], { IsInf: 'IsInf', IsNan: 'IsNaN' }),
  ...each(logic, ['x'], { LogicalNot: 'Not' }),
  ...each(logic, ['a', 'b'], { LogicalAnd: 'And', LogicalOr: 'Or' }),
  ...each(comparison, ['a', 'b'], {
    Equal: 'Equal',
    Greater: 'Greater',
    GreaterEqual: 'GreaterOrEqual',
    Less: 'Less',
    LessEqual: 'LessOrEqual',
  }),
  NotEqual: binary(comparison, (write, a, b) => write('Not', [write('Equal', [a, b])])),

  // near 0, exp(x) - 1 and log(1 + x) lose what the small x says
  Expm1: unary(real, (write, x) => {
    const half = write('Tanh', [write('Mul', [x, 0.5])]);
    const near = write('Div', [write('Add', [half, half]), write('Sub', [1, half])]); // 2t / (1 - t), t = tanh(x / 2)
    return write('Where', [write('Less', [write('Abs', [x]), 1]), near, write('Sub', [write('Exp', [x]), 1])]);
  }),
  Log1p: unary(real, (write, x) => {
    const sum = write('Add', [x, 1]);
    const rounded = write('Sub', [sum, 1]); // Kahan: log(1 + x) x / ((1 + x) - 1) forgives the rounding of 1 + x
    const near = write('Where', [write('Equal', [rounded, 0]), x, write('Div', [write('Mul', [write('Log', [sum]), x]), rounded])]);
    return write('Where', [write('Less', [write('Abs', [x]), 1]), near, write('Log', [sum])]);
  }),

  IsFinite: unary(test, (write, x) => write('Not', [write('Or', [write('IsInf', [x]), write('IsNaN', [x])])])),
  Relu6: unary(arithmetic, (write, x) => write('Clip', [x, 0, 6])),
  Rsqrt: unary(real, (write, x) => write('Reciprocal', [write('Sqrt', [x])])),
  Square: unary(arithmetic, (write, x) => write('Mul', [x, x])),
  ClipByValue: unary(arithmetic, (write, x, { clipValueMin, clipValueMax }, dtype) => {
    const bounds = [clipValueMin as number, clipValueMax as number];
    return write('Clip', [x, ...(dtype === 'int32' ? bounds.map((bound) => Math.max(INT32_MIN, Math.min(bound, INT32_MAX))) : bounds)]);
  }),
  LeakyRelu: unary(realOut, (write, x, { alpha }) => write('LeakyRelu', [x], { alpha: { float: alpha as number } })),
  Step: unary(arithmetic, (write, x, { alpha }) => write('Where', [write('Greater', [x, 0]), 1, alpha as number])),

  ...each(arithmetic, ['a', 'b'], { BitwiseAnd: 'BitwiseAnd', Maximum: 'Max', Minimum: 'Min', Pow: 'Pow', Sub: 'Sub' }),
  Add(call) {
    const [a, b] = [operand(call, 'a'), operand(call, 'b')];
    const shifted = shiftedBlocked(call, a, b);
    if (shifted) return shifted;
    // two images in the blocked layout: a convolution may add the other one, see simplify.ts
    const isSum = (isBlocked(a) || isBlocked(b)) && isFull(a, b.shape);
    return mapped(['a', 'b'], arithmetic, operator(isSum ? 'Sum' : 'Add'))(call);
  },
  ...each(real, ['a', 'b'], { RealDiv: 'Div' }),
  SquaredDifference: binary(arithmetic, (write, a, b) => {
    const difference = write('Sub', [a, b]);
    return write('Mul', [difference, difference]);
  }),

  Multiply(call) {
    const isBool = operand(call, 'a').dtype === 'bool'; // 1 · 1 is 1, so it is a conjunction
    return mapped(['a', 'b'], isBool ? logic : arithmetic, operator(isBool ? 'And' : 'Mul'))(call);
  },

  FloorDiv: mapped(['a', 'b'], { within: same, out: always('int32') }, (write, [a, b], _, dtype) => {
    if (dtype === 'float32') return write('Floor', [write('Div', [a!, b!])]);
    const multiple = write('Sub', [a!, wholeRemainder(write, a!, b!)]);
    return write('Where', [write('Equal', [b!, 0]), 0, write('Div', [multiple, divisor(write, b!)])]);
  }),

  /** The remainder has the divisor's sign. */
  Mod: binary(arithmetic, (write, a, b, dtype) => {
    if (dtype === 'int32') return wholeRemainder(write, a, b);
    const remainder = write('Mod', [a, b], { fmod: 1 });
    const isSameSign = write('Equal', [write('Less', [a, 0]), write('Less', [b, 0])]);
    return write('Where', [isSameSign, remainder, write('Mod', [write('Add', [remainder, b]), b], { fmod: 1 })]);
  }),

  Atan2: binary(real, (write, y, x) => {
    const angle = write('Atan', [write('Div', [y, x])]);
    const left = write('Add', [angle, write('Where', [write('Less', [y, 0]), -Math.PI, Math.PI])]);
    const onAxis = write('Mul', [write('Sign', [y]), Math.PI / 2]);
    return write('Where', [write('Equal', [x, 0]), onAxis, write('Where', [write('Less', [x, 0]), left, angle])]);
  }),

  Prelu: mapped(['x', 'alpha'], realOut, (write, [x, alpha]) => write('Where', [write('Less', [x!, 0]), write('Mul', [x!, alpha!]), x!])),

  EluGrad: mapped(['dy', 'y'], real, (write, [dy, y]) =>
    write('Mul', [dy!, write('Where', [write('GreaterOrEqual', [y!, 0]), 1, write('Add', [y!, 1])])]),
  ),

  AddN: (call) => Object.values(call.inputs).reduce((a, b) => applied(elementwise.Add, call, { a, b })),

  Select(call) {
    const [condition, t, e] = [operand(call, 'condition'), operand(call, 't'), operand(call, 'e')];
    const dtype = upcastType(t.dtype, e.dtype) as DataType;
    const [thenValue, elseValue] = [cast(call, t, boolAsInt(dtype)), cast(call, e, boolAsInt(dtype))]; // ONNX Runtime chooses no bools
    const { names, shape, layout } = together(call, [condition, thenValue, elseValue]);
    return cast(call, result(call.graph.node('Where', names), shape, thenValue.dtype, layout), dtype);
  },

  Cast(call) {
    const { dtype } = call.attributes as { dtype: string };
    if (!isHeldByOnnx(dtype)) throw new TraceError(`tfjs-onnx: Cast to ${dtype}; an ONNX graph holds float32, int32 and bool`);
    return cast(call, operand(call, 'x'), dtype);
  },
};
