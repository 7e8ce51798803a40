import type { NdArray } from 'ndarray';

/**
 * Numbers as they come: an array, a typed array, or an ndarray of any shape and any strides (views are read in place, in the
 * row-major order of their own axes). Anything that carries an ndarray's `data`, `shape`, `stride` and `offset` will do.
 */
export type Values = ArrayLike<number> | Pick<NdArray<NumberData>, 'data' | 'shape' | 'stride' | 'offset'>;

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

/** Values in one row. `shape` is an ndarray's, without axes of length 1; undefined for a plain array, which has none. */
export type Row = { readonly data: ArrayLike<number>; readonly shape: readonly number[] | undefined };

/** @throws {TypeError} unless `values` is an array of some kind. `what` reads like `'rocAuc: labels'`. */
export function toRow(what: string, values: Values): Row {
  if (typeof values === 'object' && values !== null) {
    if ('stride' in values) return { data: gather(values), shape: values.shape.filter((length) => length !== 1) };
    if (typeof values.length === 'number') return { data: values, shape: undefined };
  }
  throw new TypeError(`${what} is ${values === null ? 'null' : typeof values}; pass an array, a typed array or an ndarray`);
}

function gather({ data, shape, stride, offset }: Exclude<Values, ArrayLike<number>>): ArrayLike<number> {
  const size = shape.reduce((product, length) => product * length, 1);
  let rowMajor = true;
  for (let axis = shape.length - 1, step = 1; axis >= 0; step *= shape[axis--]!) {
    if (shape[axis] !== 1 && stride[axis] !== step) rowMajor = false;
  }
  if (rowMajor && !Array.isArray(data)) return data.subarray(offset, offset + size);

  // Values keep their kind: a Float32Array stays one, which sorts fastest.
  const row = data instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
  const index = new Int32Array(shape.length);
  let from = offset;
  for (let to = 0; to < size; to++) {
    row[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += stride[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= stride[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return row;
}
