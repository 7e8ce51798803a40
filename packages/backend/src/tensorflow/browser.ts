import { BackendError } from '@rddpm/core';
import type { LoadedTensorflow } from './loaded-tensorflow.ts';

/** @throws {BackendError} always. */
export async function loadTensorflow(): Promise<LoadedTensorflow> {
  throw new BackendError(
    'backend/tensorflow: TensorFlow is a native library, which runs on Node only; in a browser take @rddpm/backend/onnx',
  );
}
