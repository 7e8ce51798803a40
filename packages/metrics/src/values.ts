import type { NdArray } from 'ndarray';

/**
 * Numbers as they come: an array, a typed array, or an ndarray of any shape and any strides, read in the row-major order of its
 * axes. What carries an ndarray's `data`, `shape`, `stride` and `offset` will do.
 */
export type Values = ArrayLike<number> | Strided;

type Strided = Pick<NdArray<NumberData>, 'data' | 'shape' | 'stride' | 'offset'>;

type NumberData =
  | number[]
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** Values in one row. `shape` is an ndarray's, without axes of length 1; a plain array has none. */
export type Row = { readonly data: ArrayLike<number>; readonly shape?: readonly number[] };

/** @throws {TypeError} unless `values` is an array of some kind. `what` reads like `'rocAuc: labels'`. */
export function toRow(what: string, values: Values): Row {
  if (typeof values === 'object' && values !== null) {
    if ('stride' in values) return { data: flatten(values), shape: values.shape.filter((length) => length !== 1) };
    if (typeof values.length === 'number') return { data: values };
  }
  throw new TypeError(`${what} is ${values}; pass an array, a typed array or an ndarray`);
}

/** A view where the values lie in a row already, else a copy; of float32 it stays float32, which sorts fastest. */
function flatten({ data, shape, stride, offset }: Strided): ArrayLike<number> {
  let size = 1;
  let inRow = !Array.isArray(data);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    inRow &&= stride[axis] === size;
    size *= shape[axis]!;
  }
  if (inRow) return (data as Float32Array).subarray(offset, offset + size);
  const row = new (data instanceof Float32Array ? Float32Array : Float64Array)(size);
  let end = 0;
  const copy = (axis: number, from: number) => {
    if (axis === shape.length) row[end++] = data[from]!;
    else for (let i = 0; i < shape[axis]!; i++) copy(axis + 1, from + i * stride[axis]!);
  };
  copy(0, offset);
  return row;
}
