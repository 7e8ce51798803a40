/** A trained model as diffusers lays it out, and `rddpm.json` beside it: how images are prepared and scored. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError } from '@rddpm/core';
import { withFolder } from '@rddpm/core/node';
import {
  type DiffusionModel,
  decodeModelFile,
  MODEL_INFO,
  type ModelInfo,
  modelFiles,
  parseModelInfo,
  readModelFolder,
} from '@rddpm/diffusion';
import { writeFileAtomically } from './atomic-file.ts';
import { readTextIfThere } from './maybe-there.ts';
import { expectRunConfig, runPaths } from './run-folder.ts';

/** @param model.scheduler What the folder tells diffusers. By default the model's schedule, sampled by DDPM. */
export async function saveModel(folder: string, model: Parameters<typeof modelFiles>[0]): Promise<void> {
  for (const { path, parts } of modelFiles(model)) await writeFileAtomically(join(folder, ...path.split('/')), parts);
}

/** What says how images are prepared; nothing while the model is not complete. */
export async function readModelInfo(folder: string): Promise<ModelInfo | undefined> {
  const path = join(folder, MODEL_INFO);
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseModelInfo(text, path);
}

/** The model's folder of a run, be it trained here or imported. @throws {FormatError} if `run` is neither. */
export async function modelOfRun(run: string): Promise<string> {
  const { model } = runPaths(run);
  if (!(await readModelInfo(model))) await expectRunConfig(run); // a run that isn't finished is one: loadModel says so
  return model;
}

/** @throws {FormatError} if the folder holds no complete model, or weights that don't fit its network. */
export async function loadModel(folder: string): Promise<DiffusionModel> {
  if (!(await readModelInfo(folder)))
    throw new FormatError(`${folder} holds no trained model (${MODEL_INFO} is missing); finish rddpm train, with --resume`);
  return withFolder(folder, readModelFolder);
}

/** Whether a path names a model in one file, rather than the folder of a run. */
export const isModelFile = (path: string) => path.endsWith('.safetensors');

/**
 * A model that is nothing but its weights' file, as the browser demo saves them, or a model folder's own.
 *
 * @throws {FormatError} if it is no such model, {ConfigError} if its architecture is another.
 */
export async function loadModelFile(path: string): Promise<DiffusionModel> {
  const bytes = await fs.readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new FormatError(`${path} can't be read: ${cause.message}`, { cause });
  });
  return decodeModelFile(bytes, path);
}
