/** What the test asks the page to do. Bundled for browsers: an import of a Node built-in would show there. */
import { createBackend as createAutoBackend } from '@rddpm/backend/auto';
import { createBackend, type OnnxOptions } from '@rddpm/backend/onnx';
import { createBackend as createTensorflowBackend } from '@rddpm/backend/tensorflow';
import { compile } from '@rddpm/tfjs-onnx';
import { stepArguments, trainingStep, values } from './training-step.ts';

const page = {
  async onBackend(options: OnnxOptions) {
    const backend = await createBackend(options);
    return { device: backend.device, result: await values(await backend.compile(trainingStep)(stepArguments())) };
  },
  async onAuto() {
    const { name, device } = await createAutoBackend();
    return { name, device };
  },
  async onTensorflow() {
    await createTensorflowBackend();
  },
  async onRuntime() {
    const step = compile(trainingStep, { runtime: await import('onnxruntime-web') });
    return values(await step(stepArguments()));
  },
};

export type Page = typeof page;

Object.assign(globalThis, { page });
