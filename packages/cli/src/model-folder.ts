/** A trained model as diffusers lays it out, and `rddpm.json` beside it: how images are prepared and scored. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError, type HostWeights, type NoiseSchedule } from '@rddpm/core';
import { MODEL_INFO, type ModelInfo, modelInfoIn, modelInfoSchema } from '@rddpm/detector/config';
import { createSchedule, toDiffusersConfig as toDiffusersScheduler } from '@rddpm/scheduler/config';
import { decodeModel, encodeModel, toDiffusersConfig, type UNet } from '@rddpm/unet';
import { z } from 'zod';
import { writeFileAtomically } from './atomic-file.ts';
import { parseJson, type RunConfig } from './run-config.ts';
import { readTextIfThere, writeJson } from './run-folder.ts';

export type Model = {
  readonly network: UNet;
  readonly weights: HostWeights;
  readonly schedule: NoiseSchedule;
  readonly info: ModelInfo;
};

export const MODEL_FILES = {
  index: 'model_index.json',
  network: 'unet/config.json',
  weights: 'unet/diffusion_pytorch_model.safetensors',
  schedule: 'scheduler/scheduler_config.json',
  info: MODEL_INFO,
} as const;

export async function saveModel(folder: string, model: { config: RunConfig; weights: HostWeights; info: ModelInfo }): Promise<void> {
  const { config, weights, info } = model;
  await writeJson(join(folder, MODEL_FILES.index), {
    _class_name: 'DDPMPipeline',
    _diffusers_version: '0.30.0',
    scheduler: ['diffusers', 'DDPMScheduler'],
    unet: ['diffusers', 'UNet2DModel'],
  });
  await writeJson(join(folder, MODEL_FILES.network), toDiffusersConfig(config.network));
  const metadata = { [MODEL_INFO]: JSON.stringify(info) }; // the weights' file alone is a whole model, for whoever carries one file
  await writeFileAtomically(join(folder, MODEL_FILES.weights), encodeModel({ config: config.network, weights, metadata }));
  const scheduler = { schedule: config.schedule, sampler: { name: 'ddpm' }, prediction: 'epsilon', spacing: 'linspace' } as const;
  await writeJson(join(folder, MODEL_FILES.schedule), toDiffusersScheduler(scheduler));
  await writeJson(join(folder, MODEL_FILES.info), info); // last: with it the folder is complete
}

/** What says how images are prepared; nothing while the model is not complete. */
export async function readModelInfo(folder: string): Promise<ModelInfo | undefined> {
  const path = join(folder, MODEL_FILES.info);
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseJson(modelInfoSchema, text, path);
}

/** @throws {FormatError} if the folder holds no complete model, or weights that don't fit its network. */
export async function loadModel(folder: string): Promise<Model> {
  const info = await readModelInfo(folder);
  if (!info) throw new FormatError(`${folder} holds no trained model (${MODEL_FILES.info} is missing); finish rddpm train, with --resume`);
  const networkPath = join(folder, MODEL_FILES.network);
  const config = parseJson(z.record(z.string(), z.unknown()), await fs.readFile(networkPath, 'utf8'), networkPath);
  const source = join(folder, MODEL_FILES.weights);
  const { network, weights } = decodeModel(await fs.readFile(source), { source, config });
  return { network, weights, schedule: createSchedule(info.schedule), info };
}

/** Whether a path names a model in one file, rather than the folder of a run. */
export const isModelFile = (path: string) => path.endsWith('.safetensors');

/**
 * A model that is nothing but its weights' file, as the browser demo saves them, or a model folder's own.
 *
 * @throws {FormatError} if it is no such model, {ConfigError} if its architecture is another.
 */
export async function loadModelFile(path: string): Promise<Model> {
  const bytes = await fs.readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new FormatError(`${path} can't be read: ${cause.message}`, { cause });
  });
  const { network, weights, metadata } = decodeModel(bytes, { source: path });
  const info = modelInfoIn(metadata, path);
  return { network, weights, schedule: createSchedule(info.schedule), info };
}
