/** A trained model as diffusers lays it out, and `rddpm.json` beside it: how images are prepared and scored. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors, FormatError, type HostWeights, type NoiseSchedule } from '@rddpm/core';
import { createSchedule, toDiffusersConfig as toDiffusersSchedule } from '@rddpm/scheduler';
import { createUNet, fromDiffusersConfig, parameterShapes, toDiffusersConfig, type UNet } from '@rddpm/unet';
import { z } from 'zod';
import { writeFileAtomically } from './atomic-file.ts';
import { detectionConfigSchema, parseJson, type RunConfig, runConfigSchema } from './run-config.ts';
import { readTextIfThere, writeJson } from './run-folder.ts';

const modelInfoSchema = z.strictObject({
  version: z.literal(1),
  /** Images are resized to a square of this side length, smoothly, and go to the network in [-1, 1]. */
  size: z.int().min(1),
  channels: z.literal([1, 3]),
  schedule: runConfigSchema.shape.schedule,
  detection: detectionConfigSchema,
  /** Scores and pixels from here on are anomalous: the `quantile` of the scores of `images` training images. */
  threshold: z.strictObject({ value: z.number(), quantile: z.number(), images: z.int() }),
  /** Where the detector's noise comes from. */
  seed: z.int(),
  /** Training steps done; the weights are their exponential moving average. */
  steps: z.int(),
});

export type ModelInfo = z.infer<typeof modelInfoSchema>;

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
  info: 'rddpm.json',
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
  await writeFileAtomically(join(folder, MODEL_FILES.weights), encodeSafetensors(weights, { format: 'pt' }));
  await writeJson(join(folder, MODEL_FILES.schedule), toDiffusersSchedule(config.schedule));
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
  const network = createUNet(fromDiffusersConfig(config));
  const weightsPath = join(folder, MODEL_FILES.weights);
  const { tensors: weights } = decodeSafetensors(await fs.readFile(weightsPath), weightsPath);
  for (const [name, shape] of Object.entries(parameterShapes(network.config))) {
    const found = weights[name]?.shape;
    if (`${found}` === `${shape}`) continue;
    throw new FormatError(`${weightsPath}: '${name}' is ${found ? `[${found}]` : 'missing'}; ${networkPath} needs [${shape}]`);
  }
  return { network, weights, schedule: createSchedule(info.schedule), info };
}
