import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { runReadmeExample } from '../../../scripts/readme-example.ts';
import * as tfjsOnnx from '../src/index.ts';

test("the README's example prints what it says", async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
  const modules = { '@tensorflow/tfjs': tf, 'onnxruntime-node': ort, '@rddpm/tfjs-onnx': tfjsOnnx };
  const { printed, promised } = await runReadmeExample(new URL('../README.md', import.meta.url), modules);
  expect(printed).toBe(promised);
});
