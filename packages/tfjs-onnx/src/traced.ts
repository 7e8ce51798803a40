/**
 * A tensor while it is being traced. The same values may stand in the graph in several axis orders (TensorFlow.js is NHWC, ONNX's
 * convolutions are NCHW): a transposition costs a node only where somebody needs an order that isn't there yet.
 */

import { fromBlocked, toBlocked } from './blocked-layout.ts';
import type { DataTypeOf } from './data-types.ts';
import type { Graph, Values } from './graph.ts';

export type Traced = {
  readonly shape: readonly number[];
  readonly dtype: DataTypeOf;
  /** At least one, the first being the order in which the value came to be; none for a constant that was not used yet. */
  readonly forms: Form[];
  readonly values?: Values;
};

/** `order[k]` is the logical axis that lies at position k. */
export type Layout = {
  readonly order: readonly number[];
  /** Of the blocked layout, see translations/blocked.ts: the axis at position 1 is cut into blocks that lie innermost. */
  readonly blocked?: true;
};
export type Form = Layout & { readonly name: string };

export const inOrder = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => axis);

/** The layout in which `traced` is at hand. */
export function nativeLayout(traced: Traced): Layout {
  return traced.forms[0] ?? { order: inOrder(traced.shape.length) };
}

/** The order in which `traced` is at hand, or can be had from the blocked layout. */
export const nativeOrder = (traced: Traced): readonly number[] => nativeLayout(traced).order;

export const permute = <T>(items: readonly T[], order: readonly number[]): T[] => order.map((axis) => items[axis]!);

/** The name under which the value lies in the graph with its axes in `order`. */
export function nameIn(graph: Graph, traced: Traced, order: readonly number[]): string {
  if (traced.forms.length === 0) {
    if (!isConstant(traced)) throw new Error('a traced value has no form');
    const name = graph.constant(traced.dtype, traced.shape, traced.values);
    traced.forms.push({ name, order: inOrder(traced.shape.length) });
  }
  if (traced.forms.every((form) => form.blocked)) {
    const { name, order } = traced.forms[0]!;
    traced.forms.push({ name: fromBlocked(graph, name, traced.shape[order[1]!]!), order });
  }
  const forms = traced.forms.filter((form) => !form.blocked);
  const same = forms.find((form) => equal(form.order, order));
  if (same) return same.name;
  const isLong = (axis: number) => traced.shape[axis] !== 1;
  const alike = forms.find((form) => equal(form.order.filter(isLong), order.filter(isLong)));
  const source = alike ?? forms[0]!;
  const name = alike
    ? graph.node('Reshape', [source.name, graph.int64s(permute(traced.shape, order))]) // only axes of length 1 move
    : graph.node('Transpose', [source.name], { perm: order.map((axis) => source.order.indexOf(axis)) });
  traced.forms.push({ name, order });
  return name;
}

/** The name under which the value lies in the graph in `layout`. */
export function nameInLayout(graph: Graph, traced: Traced, { order, blocked }: Layout): string {
  if (!blocked) return nameIn(graph, traced, order);
  const known = traced.forms.find((form) => form.blocked && equal(form.order, order));
  if (known) return known.name;
  const name = toBlocked(graph, nameIn(graph, traced, order));
  traced.forms.push({ name, order, blocked });
  return name;
}

/** The name of the value with its axes as TensorFlow.js sees them. */
export const plainName = (graph: Graph, traced: Traced): string => nameIn(graph, traced, inOrder(traced.shape.length));

/**
 * The name of the value with leading axes of length 1 added up to the rank of `order`, in that order: what a broadcast operand
 * must look like.
 */
export function broadcastNameIn(graph: Graph, traced: Traced, order: readonly number[]): string {
  const missing = order.length - traced.shape.length;
  if (missing === 0) return nameIn(graph, traced, order);
  const shape = [...Array<number>(missing).fill(1), ...traced.shape];
  const long = shape.filter((length) => length !== 1).length;
  const plain = plainName(graph, traced);
  if (long === 0) return plain;
  const extended = graph.node('Reshape', [plain, graph.int64s(shape)]);
  return nameIn(graph, { shape, dtype: traced.dtype, forms: [{ name: extended, order: inOrder(order.length) }] }, order);
}

/** The same values under other axes: logical axis i becomes what was axis `permutation[i]`. Writes nothing. */
export function transposed(traced: Traced, permutation: readonly number[]): Traced {
  return {
    shape: permute(traced.shape, permutation),
    dtype: traced.dtype,
    forms: traced.forms.map((form) => ({ ...form, order: form.order.map((axis) => permutation.indexOf(axis)) })),
  };
}

/** The same values with axes of length 1 added or removed, where that can be had without moving any; else undefined. */
export function resqueezed(graph: Graph, traced: Traced, shape: readonly number[]): Traced | undefined {
  const longAxes = (lengths: readonly number[]) => inOrder(lengths.length).filter((axis) => lengths[axis] !== 1);
  const before = longAxes(traced.shape);
  const after = longAxes(shape);
  if (!equal(permute(traced.shape, before), permute(shape, after))) return undefined;
  if (traced.forms.length === 0) return undefined;
  const native = nativeOrder(traced);
  const longOrder = native.filter((axis) => traced.shape[axis] !== 1).map((axis) => after[before.indexOf(axis)]!);
  const order = [...inOrder(shape.length).filter((axis) => shape[axis] === 1), ...longOrder];
  const name = graph.node('Reshape', [nameIn(graph, traced, native), graph.int64s(permute(shape, order))]);
  return { shape, dtype: traced.dtype, forms: [{ name, order }] };
}

function isConstant(traced: Traced): traced is Traced & { readonly values: Values } {
  return traced.values !== undefined;
}

const equal = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((item, i) => item === b[i]);
