import type { DataType } from './graph.ts';

/** ONNX's numbers for them (TensorProto.DataType). */
export const ELEMENT_TYPE: Readonly<Record<DataType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** The dtypes of TensorFlow.js that an ONNX graph can hold. */
export type DataTypeOf = Exclude<DataType, 'int64'>;

export function isHeldByOnnx(dtype: string): dtype is DataTypeOf {
  return dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
}

/** Values as ONNX stores them: TensorFlow.js may hold int32 or bool in any typed array. */
export function storedAs(dtype: DataTypeOf, values: ArrayLike<number>): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'float32') return values instanceof Float32Array ? values : Float32Array.from(values);
  if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(values);
  return values instanceof Uint8Array ? values : Uint8Array.from(values);
}
