/** A model as files: a folder that diffusers opens, with `rddpm.json` beside it; or the weights' file alone, which holds both configs as metadata. */
import { FormatError } from '@rddpm/core';
import type { FileParts, FileReader } from '@rddpm/core/contracts';
import { MODEL_INFO, modelInfoIn, modelInfoText, parseModelInfo } from '@rddpm/core/model-info';
import { PIPELINE_FILES, type Pipeline, pipelineFiles } from '@rddpm/diffusers';
import { decodeModel } from '@rddpm/unet';
import type { DiffusionModel } from './diffusion-model.ts';
import { askingConfigOf } from './methods.ts';
import { unetFamily } from './unet-family.ts';

/** The names of the files in a model's folder. `rddpm.json` is written last: with it the folder is complete. */
export const MODEL_FILES: readonly string[] = [...Object.values(PIPELINE_FILES), MODEL_INFO];

/**
 * A model's files, in the order in which they are to be written.
 *
 * @param model.scheduler What the folder tells diffusers. @defaultValue the model's schedule, sampled by DDPM
 */
export function modelFiles(model: DiffusionModel & { readonly scheduler?: Pipeline['scheduler'] }): FileParts[] {
  const { info, scheduler, ...trained } = model;
  const files = scheduler
    ? pipelineFiles({ ...trained, scheduler, metadata: { [MODEL_INFO]: modelInfoText(info) } })
    : unetFamily.encode(trained, askingConfigOf(info), info);
  return [...files, { path: MODEL_INFO, parts: [new TextEncoder().encode(`${modelInfoText(info, 2)}\n`)] }];
}

/** @throws {FormatError} if the folder holds no complete model, or weights that don't fit its network. */
export async function readModelFolder(folder: FileReader): Promise<DiffusionModel> {
  const file = await folder.open(MODEL_INFO);
  if (!file) throw new FormatError(`${folder.name} holds no trained model: ${MODEL_INFO} is missing`);
  const info = parseModelInfo(new TextDecoder().decode(await file.read(0, file.size)), `${folder.name}/${MODEL_INFO}`);
  return { ...(await unetFamily.decode(folder)), info };
}

/**
 * A model that is nothing but its weights' file, as a page saves it, or a model folder's own.
 *
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} if it is no such model, {ConfigError} if its architecture is another.
 */
export function decodeModelFile(bytes: Uint8Array, source: string): DiffusionModel {
  const { network, weights, metadata } = decodeModel(bytes, { source });
  return { network, weights, info: modelInfoIn(metadata, source) };
}
