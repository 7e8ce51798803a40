import type { InferenceSession, TensorConstructor } from 'onnxruntime-common';

/**
 * What is needed of `onnxruntime-node` or `onnxruntime-web`: pass the imported module. The former has telemetry, unless
 * `ORT_DISABLE_TELEMETRY` is `1` in the environment before it is imported.
 */
export type OnnxRuntime = {
  readonly InferenceSession: { create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession> };
  readonly Tensor: TensorConstructor;
};
