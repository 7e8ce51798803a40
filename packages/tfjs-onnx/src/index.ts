export { type CompileOptions, type CompileStatistics, compile } from './compile.ts';
export { TraceError } from './errors.ts';
export type { OnnxRuntime } from './onnx-runtime.ts';
export { nodeOutputs, withOutputs } from './outputs.ts';
export { toOnnx } from './to-onnx.ts';
export { registerTranslation } from './trace.ts';
export type { KernelCall, Translation } from './translations/index.ts';
export type { TensorTree } from './tree.ts';
