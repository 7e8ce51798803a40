import type { NdArray } from 'ndarray';

/** An ndarray's values in row-major order, whatever its strides: views and transposes are arrays too. */
export function rowMajor(array: NdArray<Float32Array>): Float32Array {
  const values = new Float32Array(array.size);
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
