/** A trained model as diffusers lays it out, and `rddpm.json` beside it: how images are prepared and scored. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError, type HostWeights } from '@rddpm/core';
import { MODEL_INFO, type ModelInfo, modelInfoIn, modelInfoSchema } from '@rddpm/detector/config';
import { PIPELINE_FILES, type Pipeline, pipelineFiles } from '@rddpm/diffusers';
import { loadPretrained } from '@rddpm/diffusers/node';
import { decodeModel, type UNet } from '@rddpm/unet';
import { writeFileAtomically } from './atomic-file.ts';
import { readTextIfThere } from './maybe-there.ts';
import { parseJson } from './parse-json.ts';
import { samplerNamed } from './run-config.ts';
import { expectRunConfig, runPaths, writeJson } from './run-folder.ts';

export type Model = {
  readonly network: UNet;
  readonly weights: HostWeights;
  readonly info: ModelInfo;
};

export const MODEL_FILES = [...Object.values(PIPELINE_FILES), MODEL_INFO];

/** @param model.scheduler What the folder tells diffusers. By default the model's schedule, sampled by DDPM. */
export async function saveModel(folder: string, model: Model & { readonly scheduler?: Pipeline['scheduler'] }): Promise<void> {
  const { network, weights, info, scheduler = schedulerOf(info) } = model;
  const metadata = { [MODEL_INFO]: JSON.stringify(info) }; // the weights' file alone is a whole model, for whoever carries one file
  for (const { path, parts } of pipelineFiles({ network, weights, scheduler, metadata })) {
    await writeFileAtomically(join(folder, ...path.split('/')), parts);
  }
  await writeJson(join(folder, MODEL_INFO), info); // last: with it the folder is complete
}

function schedulerOf({ diffusion, detection }: ModelInfo): Pipeline['scheduler'] {
  const { schedule, prediction } = diffusion;
  return { schedule, prediction, sampler: samplerNamed('ddpm', detection.sampler), spacing: 'linspace' };
}

/** What says how images are prepared; nothing while the model is not complete. */
export async function readModelInfo(folder: string): Promise<ModelInfo | undefined> {
  const path = join(folder, MODEL_INFO);
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseJson(modelInfoSchema, text, path);
}

/** The model's folder of a run, be it trained here or imported. @throws {FormatError} if `run` is neither. */
export async function modelOfRun(run: string): Promise<string> {
  const { model } = runPaths(run);
  if (!(await readModelInfo(model))) await expectRunConfig(run); // a run that isn't finished is one: loadModel says so
  return model;
}

/** @throws {FormatError} if the folder holds no complete model, or weights that don't fit its network. */
export async function loadModel(folder: string): Promise<Model> {
  const info = await readModelInfo(folder);
  if (!info) throw new FormatError(`${folder} holds no trained model (${MODEL_INFO} is missing); finish rddpm train, with --resume`);
  const { network, weights } = await loadPretrained(folder);
  return { network, weights, info };
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
  return { network, weights, info: modelInfoIn(metadata, path) };
}
