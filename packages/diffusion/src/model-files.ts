/** A model as files: a folder that diffusers opens, with `rddpm.json` beside it; or the weights' file alone, which holds both configs as metadata. */
import { FormatError } from '@rddpm/core';
import type { FileParts, FileReader } from '@rddpm/core/contracts';
import { PIPELINE_FILES, type Pipeline, pipelineFiles, readPipeline } from '@rddpm/diffusers';
import { decodeModel } from '@rddpm/unet';
import type { DiffusionModel } from './diffusion-model.ts';
import { MODEL_INFO, modelInfoIn, parseModelInfo } from './model-info.ts';
import { samplerNamed } from './sampler-named.ts';

/** The names of the files in a model's folder. `rddpm.json` is written last: with it the folder is complete. */
export const MODEL_FILES: readonly string[] = [...Object.values(PIPELINE_FILES), MODEL_INFO];

/**
 * A model's files, in the order in which they are to be written.
 *
 * @param model.scheduler What the folder tells diffusers. @defaultValue the model's schedule, sampled by DDPM
 */
export function modelFiles(model: DiffusionModel & { readonly scheduler?: Pipeline['scheduler'] }): FileParts[] {
  const { network, weights, info, scheduler = schedulerOf(model) } = model;
  const metadata = { [MODEL_INFO]: JSON.stringify(info) }; // the weights' file alone is a whole model, for whoever carries one file
  const text = new TextEncoder().encode(`${JSON.stringify(info, null, 2)}\n`);
  return [...pipelineFiles({ network, weights, scheduler, metadata }), { path: MODEL_INFO, parts: [text] }];
}

function schedulerOf({ info: { diffusion, detection } }: DiffusionModel): Pipeline['scheduler'] {
  const { schedule, prediction } = diffusion;
  return { schedule, prediction, sampler: samplerNamed('ddpm', detection.sampler), spacing: 'linspace' };
}

/** @throws {FormatError} if the folder holds no complete model, or weights that don't fit its network. */
export async function readModelFolder(folder: FileReader): Promise<DiffusionModel> {
  const file = await folder.open(MODEL_INFO);
  if (!file) throw new FormatError(`${folder.name} holds no trained model: ${MODEL_INFO} is missing`);
  const info = parseModelInfo(new TextDecoder().decode(await file.read(0, file.size)), `${folder.name}/${MODEL_INFO}`);
  const { network, weights } = await readPipeline(folder);
  return { network, weights, info };
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
