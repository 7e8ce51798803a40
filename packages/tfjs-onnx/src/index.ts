export { type CompileOptions, type CompileStatistics, compile, type OnnxRuntime } from './compile.ts';
export { TraceError } from './errors.ts';
export { toOnnx } from './to-onnx.ts';
export { registerTranslation } from './trace.ts';
export type { KernelCall, Translation } from './translations/index.ts';
export type { TensorTree } from './tree.ts';
