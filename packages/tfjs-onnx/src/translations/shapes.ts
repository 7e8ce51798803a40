/** The same values elsewhere: reshaped, cut, joined, padded, repeated, made up. */
import { backend_util, slice_util, util } from '@tensorflow/tfjs-core';
import { isHeldByOnnx, storedAs } from '../data-types.ts';
import { TraceError } from '../errors.ts';
import type { Graph } from '../graph.ts';
import {
  inOrder,
  type Layout,
  nameIn,
  nameInLayout,
  nativeLayout,
  nativeOrder,
  permute,
  plainName,
  resqueezed,
  type Traced,
  transposed,
} from '../traced.ts';
import { axisIn, type KernelCall, operand, result, scalar, sizeOf, type Translation } from './translation.ts';

/** An end of slices that go backwards. */
const BEFORE_START = -(2 ** 31);

export const reshaped = ({ graph }: KernelCall, x: Traced, shape: readonly number[]): Traced => {
  if (x.shape.join() === shape.join()) return x;
  if (x.values) return { ...x, shape, forms: [] };
  return resqueezed(graph, x, shape) ?? result(graph.node('Reshape', [plainName(graph, x), graph.int64s(shape)]), shape, x.dtype);
};

/** One value everywhere: written out only where that is short. */
const filled = ({ graph }: KernelCall, shape: readonly number[], dtype: Traced['dtype'], value: number): Traced => {
  const isShort = sizeOf(shape) <= 64;
  const values = storedAs(dtype, new Array(isShort ? sizeOf(shape) : 1).fill(value));
  if (isShort) return { shape, dtype, forms: [], values };
  return result(graph.node('Expand', [graph.constant(dtype, [], values), graph.int64s(shape)]), shape, dtype);
};

/** Concat of operands, in the order that the first of them has. */
function joined({ graph }: KernelCall, operands: readonly Traced[], axis: number): Traced {
  const native = nativeLayout(operands.find((one) => one.forms.length > 0) ?? operands[0]!);
  const lengths = operands.map(({ shape }) => shape[axis]!);
  const layout = keepsBlocks(graph, native, axis, lengths) ? native : { order: native.order };
  const names = operands.map((one) => nameInLayout(graph, one, layout));
  const shape = backend_util.computeOutShape(
    operands.map((one) => [...one.shape]),
    axis,
  );
  return result(graph.node('Concat', names, { axis: layout.order.indexOf(axis) }), shape, operands[0]!.dtype, layout);
}

/** Whether parts of these lengths along `axis` can be joined or cut in the blocked layout as in the plain one. */
const keepsBlocks = ({ block }: Graph, { order, blocked }: Layout, axis: number, lengths: readonly number[]): boolean =>
  blocked === true && order.indexOf(axis) === 1 && lengths.every((length) => length % block === 0);

export function sliced(
  { graph }: KernelCall,
  x: Traced,
  begin: readonly number[],
  end: readonly number[],
  steps?: readonly number[],
): Traced {
  const order = nativeOrder(x);
  const ends = end.map((one) => (one < 0 ? BEFORE_START : one)); // going backwards ends before 0, and -1 would mean the last
  const inputs = [
    nameIn(graph, x, order),
    graph.int64s(permute(begin, order)),
    graph.int64s(permute(ends, order)),
    graph.int64s(inOrder(order.length)),
  ];
  if (steps?.some((step) => step !== 1)) inputs.push(graph.int64s(permute(steps, order)));
  const shape = slice_util.computeOutShape([...begin], [...end], steps ? [...steps] : begin.map(() => 1));
  return result(graph.node('Slice', inputs), shape, x.dtype, order);
}

export const shapes: Record<string, Translation> = {
  Identity: (call) => operand(call, 'x'),

  Reshape(call) {
    const x = operand(call, 'x');
    return reshaped(call, x, util.inferFromImplicitShape(call.attributes.shape as number[], sizeOf(x.shape)));
  },

  ExpandDims(call) {
    const x = operand(call, 'input');
    const { dim } = call.attributes as { dim: number };
    return reshaped(call, x, x.shape.toSpliced(dim < 0 ? dim + x.shape.length + 1 : dim, 0, 1));
  },

  Transpose(call) {
    const x = operand(call, 'x');
    if (x.forms.length === 0) plainName(call.graph, x); // a constant gets its first form here
    return transposed(x, call.attributes.perm as number[]);
  },

  Concat(call) {
    const operands = Object.values(call.inputs);
    const axis = axisIn(call.attributes.axis as number, operands[0]!);
    const full = operands.filter((one) => sizeOf(one.shape) > 0);
    return full.length === 1 ? full[0]! : joined(call, full, axis);
  },

  Pack(call) {
    const operands = Object.values(call.inputs);
    const rank = operands[0]!.shape.length + 1;
    const { axis } = call.attributes as { axis: number };
    const at = axis < 0 ? axis + rank : axis;
    const extended = operands.map((one) => reshaped(call, one, one.shape.toSpliced(at, 0, 1)));
    return extended.length === 1 ? extended[0]! : joined(call, extended, at);
  },

  Unpack(call) {
    const x = operand(call, 'value');
    const axis = axisIn(call.attributes.axis as number, x);
    return splitInto(call, x, axis, Array<number>(x.shape[axis]!).fill(1)).map((part) => reshaped(call, part, x.shape.toSpliced(axis, 1)));
  },

  SplitV(call) {
    const x = operand(call, 'x');
    const axis = axisIn(call.attributes.axis as number, x);
    return splitInto(call, x, axis, backend_util.prepareSplitSize(x as never, call.attributes.numOrSizeSplits as number[], axis));
  },

  Slice(call) {
    const x = operand(call, 'x');
    const { begin, size } = call.attributes as { begin: number[]; size: number[] };
    const [starts, lengths] = slice_util.parseSliceParams(x as never, begin, size) as [number[], number[]];
    return sliced(
      call,
      x,
      starts,
      starts.map((start, axis) => start + lengths[axis]!),
    );
  },

  StridedSlice(call) {
    const x = operand(call, 'x');
    const a = call.attributes as Record<'begin' | 'end' | 'strides', number[]> & Record<`${string}Mask`, number>;
    const masks = [a.beginMask!, a.endMask!, a.ellipsisMask!, a.newAxisMask!, a.shrinkAxisMask!] as const;
    const info = slice_util.sliceInfo([...x.shape], a.begin, a.end, a.strides, ...masks);
    return reshaped(call, sliced(call, x, info.begin, info.end, info.strides), info.finalShape);
  },

  PadV2(call) {
    const x = operand(call, 'x');
    const { paddings, constantValue } = call.attributes as { paddings: [number, number][]; constantValue: number };
    return padded(call, x, paddings, 'constant', constantValue);
  },

  MirrorPad(call) {
    const x = operand(call, 'x');
    const { paddings, mode } = call.attributes as { paddings: [number, number][]; mode: 'reflect' | 'symmetric' };
    return mode === 'reflect' ? padded(call, x, paddings, 'reflect') : symmetric(call, x, paddings);
  },

  Reverse(call) {
    const x = operand(call, 'x');
    const order = nativeOrder(x);
    const axes = util.parseAxisParam(call.attributes.dims as number[], [...x.shape]).map((axis) => order.indexOf(axis));
    const every = (value: number) => call.graph.int64s(axes.map(() => value));
    const inputs = [nameIn(call.graph, x, order), every(-1), every(BEFORE_START), call.graph.int64s(axes), every(-1)];
    return result(call.graph.node('Slice', inputs), x.shape, x.dtype, order);
  },

  Tile(call) {
    const x = operand(call, 'x');
    const reps = call.attributes.reps as number[];
    const order = nativeOrder(x);
    const name = call.graph.node('Tile', [nameIn(call.graph, x, order), call.graph.int64s(permute(reps, order))]);
    return result(
      name,
      x.shape.map((length, axis) => length * reps[axis]!),
      x.dtype,
      order,
    );
  },

  Fill(call) {
    const { shape, value, dtype = 'float32' } = call.attributes as { shape: number[]; value: number; dtype?: string };
    if (!isHeldByOnnx(dtype)) throw new TraceError(`tfjs-onnx: Fill with ${dtype} values; an ONNX graph holds float32, int32 and bool`);
    return filled(call, shape, dtype, value);
  },
  ZerosLike: (call) => filled(call, operand(call, 'x').shape, operand(call, 'x').dtype, 0),
  OnesLike: (call) => filled(call, operand(call, 'x').shape, operand(call, 'x').dtype, 1),

  Range(call) {
    const { start, stop, dtype, ...a } = call.attributes as { start: number; stop: number; step: number; dtype: Traced['dtype'] };
    const step = stop < start && a.step === 1 ? -1 : a.step; // as TensorFlow.js reads a range that goes down
    const length = Math.max(0, Math.ceil((stop - start) / step));
    const values = util.getArrayFromDType(dtype, length) as Float32Array;
    return { shape: [length], dtype, forms: [], values: values.map((_, i) => start + i * step) };
  },

  LinSpace(call) {
    const { start, stop, num } = call.attributes as { start: number; stop: number; num: number };
    return {
      shape: [num],
      dtype: 'float32',
      forms: [],
      values: Float32Array.from({ length: num }, (_, i) => start + (i * (stop - start)) / Math.max(1, num - 1)),
    };
  },
};

function splitInto({ graph }: KernelCall, x: Traced, axis: number, sizes: readonly number[]): Traced[] {
  if (sizes.length === 1) return [x];
  const native = nativeLayout(x);
  const layout = keepsBlocks(graph, native, axis, sizes) ? native : { order: native.order };
  const inputs = [nameInLayout(graph, x, layout), graph.int64s(sizes)];
  const names = graph.nodeWithOutputs(sizes.length, 'Split', inputs, { axis: layout.order.indexOf(axis) });
  return names.map((name, i) => result(name, x.shape.with(axis, sizes[i]!), x.dtype, layout));
}

export function padded({ graph }: KernelCall, x: Traced, paddings: readonly [number, number][], mode = 'constant', value = 0): Traced {
  const order = nativeOrder(x);
  const inputs = [
    nameIn(graph, x, order),
    graph.int64s([...permute(paddings, order).map(([before]) => before), ...permute(paddings, order).map(([, after]) => after)]),
  ];
  if (value) inputs.push(scalar(graph, x.dtype, value));
  const shape = x.shape.map((length, axis) => paddings[axis]![0] + length + paddings[axis]![1]);
  return result(graph.node('Pad', inputs, { mode }), shape, x.dtype, order);
}

/** Mirrored with the border itself, for which ONNX has no mode: the pixels are gathered axis by axis. */
function symmetric({ graph }: KernelCall, x: Traced, paddings: readonly [number, number][]): Traced {
  const order = nativeOrder(x);
  const gather = (name: string, [before, after]: [number, number], axis: number) => {
    if (before === 0 && after === 0) return name;
    const length = x.shape[axis]!;
    const places = Array.from({ length: before + length + after }, (_, i) => {
      const place = i < before ? before - 1 - i : i - before;
      return place < length ? place : 2 * length - 1 - place;
    });
    return graph.node('Gather', [name, graph.int64s(places)], { axis: order.indexOf(axis) });
  };
  const shape = x.shape.map((length, axis) => paddings[axis]![0] + length + paddings[axis]![1]);
  return result(paddings.reduce(gather, nameIn(graph, x, order)), shape, x.dtype, order);
}
