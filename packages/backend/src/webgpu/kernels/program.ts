/** One dispatch of WGSL over TensorFlow.js' tensors. */
import type { DataType, TensorInfo } from '@tensorflow/tfjs';
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';

/** Threads that share `workgroup` variables and barriers. */
export const GROUP_SIZE = 64;

/** Threads that keep a GPU busy. */
export const ENOUGH_THREADS = 16384;

/** How many numbers one element of a buffer holds, as the shader sees it: `f32` or `vec4<f32>`. */
export type Width = 1 | 4;

export type Dispatch = {
  /** With its widths, it tells pipelines apart: the code may depend on nothing else. */
  readonly name: string;
  /** Buffers by the name that the code reads them by. */
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  /** @defaultValue 1 each */
  readonly widths?: Readonly<Record<string, Width>>;
  readonly outputShape: number[];
  /** Of the output, which the code writes as `result`. @defaultValue 1 */
  readonly outputWidth?: Width;
  /** @defaultValue 'float32' */
  readonly dtype?: DataType;
  /** Calls of the code. */
  readonly threads: number;
  /** Whole numbers, read as `uniforms.name`. */
  readonly integers?: Readonly<Record<string, number>>;
  readonly numbers?: Readonly<Record<string, number>>;
  /** Declarations outside the function. */
  readonly declarations?: string;
  /** The body of a function of `index`, the thread's number from 0. */
  readonly code: string;
  /** Whether the body looks at `uniforms.threads` by itself, since a barrier must be reached by all. @defaultValue false */
  readonly unguarded?: boolean;
};

export function dispatch(backend: WebGPUBackend, options: Dispatch): TensorInfo {
  const { name, inputs, widths = {}, outputShape, outputWidth = 1, dtype = 'float32', threads } = options;
  const { integers = {}, numbers = {}, declarations = '', code, unguarded = false } = options;
  const names = Object.keys(inputs);
  const variableComponents = names.map((input) => widths[input] ?? 1);
  const wholes = { threads, ...integers };
  const program: WebGPUProgram = {
    shaderKey: ['rddpm', name, ...variableComponents, outputWidth].join('_'),
    variableNames: names,
    variableComponents,
    outputShape,
    outputComponent: outputWidth,
    workgroupSize: [GROUP_SIZE, 1, 1],
    dispatchLayout: { x: outputShape.map((_, axis) => axis) },
    dispatch: [Math.ceil(threads / GROUP_SIZE), 1, 1],
    uniforms: [
      ...Object.keys(wholes).map((uniform) => `${uniform} : i32,`),
      ...Object.keys(numbers).map((uniform) => `${uniform} : f32,`),
    ].join(' '),
    getUserCode: () => `
      ${declarations}
      fn main(index : i32) {
        ${unguarded ? '' : 'if (index >= uniforms.threads) { return; }'}
        ${code}
      }`,
  };
  const uniforms = [
    ...Object.values(wholes).map((value) => ({ type: 'int32', data: [value] })),
    ...Object.values(numbers).map((value) => ({ type: 'float32', data: [value] })),
  ];
  return backend.runWebGPUProgram(program, Object.values(inputs), dtype, uniforms);
}

/** Four numbers at a time where the last axis allows it. */
export const widthOf = (length: number): Width => (length % 4 === 0 ? 4 : 1);

export function wgslType(width: Width, dtype: DataType = 'float32'): string {
  const scalar = dtype === 'float32' ? 'f32' : 'i32';
  return width === 4 ? `vec4<${scalar}>` : scalar;
}
