import fs from 'node:fs/promises';
import { join } from 'node:path';
import { createBackend } from '@rddpm/backend/cpu';
import { toTensors } from '@rddpm/core';
import { toOnnx } from '@rddpm/tfjs-onnx';
import { dispose, type Rank, zeros } from '@tensorflow/tfjs-core';
import { writeFileAtomically } from './atomic-file.ts';
import { loadModel, MODEL_FILES } from './model-folder.ts';
import { writeJson } from './run-folder.ts';

/** A folder for `DDPMPipeline.from_pretrained`. @returns The files' names. */
export async function exportDiffusers(model: string, out: string): Promise<string[]> {
  await loadModel(model); // nothing is copied from a model that isn't whole
  const files = Object.values(MODEL_FILES);
  for (const file of files) await writeFileAtomically(join(out, file), await fs.readFile(join(model, file)));
  return files;
}

/**
 * `denoiser.onnx`, from noisy images `in.x` [batch, size, size, channels] in [-1, 1] plus noise and timesteps `in.t` [batch] int32
 * to the predicted noise `out.result`; and `rddpm.json`, how images are prepared and scored.
 *
 * @returns The files' names.
 */
export async function exportOnnx(model: string, out: string, batch: number): Promise<string[]> {
  const { network, weights: hostWeights, info } = await loadModel(model);
  await createBackend(); // tensors have to live somewhere; nothing is computed
  const weights = toTensors(hostWeights);
  const args = { x: zeros<Rank.R4>([batch, info.size, info.size, info.channels]), t: zeros<Rank.R1>([batch], 'int32') };
  const graph = toOnnx(({ x, t }: typeof args) => network.predict(weights, x, t), args);
  dispose({ ...args, ...weights });
  await writeFileAtomically(join(out, 'denoiser.onnx'), graph);
  await writeJson(join(out, MODEL_FILES.info), info);
  return ['denoiser.onnx', MODEL_FILES.info];
}
