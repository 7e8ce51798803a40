import type { NdArray } from 'ndarray';

/** An ndarray's values in row-major order, whatever its strides: views and transposes are arrays too. */
export function rowMajor<T extends Float32Array | Uint8Array>(array: NdArray<T>): T {
  const values = (array.data instanceof Uint8Array ? new Uint8Array(array.size) : new Float32Array(array.size)) as T;
  let at = 0;
  const visit = (axis: number, offset: number): void => {
    if (axis === array.shape.length) {
      values[at++] = array.data[offset]!;
      return;
    }
    for (let i = 0; i < array.shape[axis]!; i++) visit(axis + 1, offset + i * array.stride[axis]!);
  };
  visit(0, array.offset);
  return values;
}

/** `rowMajor`, without a copy where the values lie in that order already. */
export function inRows<T extends Float32Array | Uint8Array>(array: NdArray<T>): T {
  let step = 1;
  for (let axis = array.shape.length - 1; axis >= 0; axis--) {
    if (array.stride[axis] !== step) return rowMajor(array);
    step *= array.shape[axis]!;
  }
  return array.data.subarray(array.offset, array.offset + array.size) as T;
}
