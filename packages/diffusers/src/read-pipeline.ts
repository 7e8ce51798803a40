import { type ByteSource, ConfigError, FormatError, shown } from '@rddpm/core';
import type { FileReader } from '@rddpm/core/contracts';
import { fromDiffusersConfig as fromSchedulerConfig } from '@rddpm/scheduler/config';
import { readModel } from '@rddpm/unet';
import { PIPELINE_FILES, type Pipeline } from './pipeline.ts';

const PIPELINES = ['DDPMPipeline', 'DDIMPipeline']; // they differ in nothing that is stored

/** What may be there instead of the weights' file, and what helps. */
const OTHER_WEIGHTS = {
  'unet/diffusion_pytorch_model.bin': 'a pickle, which can run code and is never read',
  'unet/diffusion_pytorch_model.fp16.safetensors': 'a variant',
  'unet/diffusion_pytorch_model.safetensors.index.json': 'the list of several files',
};
const SAVE_ANEW = "in Python: DDPMPipeline.from_pretrained(folder).save_pretrained(new_folder, max_shard_size='100GB')";

/**
 * Reads a pipeline as `DDPMPipeline.save_pretrained` of diffusers or `savePretrained` wrote it.
 *
 * @throws {FormatError} naming the file, and the tensor or field in it, for what is missing, cut short or not what it should be; for a
 *   pickle, which is not touched.
 * @throws {ConfigError} naming the field, for a network or a scheduler that does what ours don't.
 * @see https://huggingface.co/docs/diffusers/api/pipelines/ddpm
 */
export async function readPipeline(folder: FileReader): Promise<Pipeline> {
  const index = await readJson(folder, PIPELINE_FILES.index);
  const config = await readJson(folder, PIPELINE_FILES.network);
  const schedulerConfig = await readJson(folder, PIPELINE_FILES.scheduler);
  assertPipeline(index, schedulerConfig._class_name, `${folder.name}/${PIPELINE_FILES.index}`);
  const scheduler = await namingFile(folder, PIPELINE_FILES.scheduler, () => fromSchedulerConfig(schedulerConfig));
  const weights = await openWeights(folder);
  const source = `${folder.name}/${PIPELINE_FILES.weights}`;
  const model = await namingFile(folder, PIPELINE_FILES.network, () => readModel(weights, { source, config }));
  return { ...model, scheduler };
}

async function readJson(folder: FileReader, path: string): Promise<Readonly<Record<string, unknown>>> {
  const file = await folder.open(path);
  if (!file) throw new FormatError(`${folder.name} is not the folder of a DDPMPipeline: ${path} is missing`);
  const where = `${folder.name}/${path}`;
  let value: unknown;
  try {
    value = parsePythonJson(new TextDecoder('utf-8', { fatal: true }).decode(await file.read(0, file.size)));
  } catch (cause) {
    throw new FormatError(`${where} is not JSON`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw new FormatError(`${where} is ${shown(value)}; it must be an object`);
}

/** Python's json also writes numbers that are not finite, which JSON has no word for: `-Infinity` in every DPMSolverMultistepScheduler. */
function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/Infinity|NaN/.test(text)) throw error;
    const outsideTexts = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;
    return JSON.parse(text.replace(outsideTexts, (token) => IN_JSON[token] ?? token));
  }
}

const IN_JSON: Readonly<Record<string, string>> = { Infinity: '1e999', '-Infinity': '-1e999', NaN: '"NaN"' };

/** `scheduler` is what the scheduler's own config calls itself. */
function assertPipeline(index: Readonly<Record<string, unknown>>, scheduler: unknown, where: string): void {
  if (!PIPELINES.includes(index._class_name as string)) {
    throw new ConfigError(`${where}: _class_name is ${shown(index._class_name)}; it must be one of ${PIPELINES.join(', ')}`);
  }
  const [library, network] = Array.isArray(index.unet) ? index.unet : [];
  if (library !== 'diffusers' || network !== 'UNet2DModel') {
    throw new ConfigError(`${where}: unet is ${shown(index.unet)}; it must be ["diffusers","UNet2DModel"]`);
  }
  const [, named] = Array.isArray(index.scheduler) ? index.scheduler : [];
  if (named === scheduler) return;
  throw new ConfigError(`${where}: scheduler is ${shown(named)}, but its config is of ${shown(scheduler)}; both must be the same`);
}

async function openWeights(folder: FileReader): Promise<ByteSource> {
  const weights = await folder.open(PIPELINE_FILES.weights);
  if (weights) return weights;
  for (const [path, what] of Object.entries(OTHER_WEIGHTS)) {
    if (!(await folder.open(path))) continue;
    throw new FormatError(`${folder.name} has no ${PIPELINE_FILES.weights}, but ${path}, ${what}; ${SAVE_ANEW}`);
  }
  throw new FormatError(`${folder.name} is not the folder of a DDPMPipeline: ${PIPELINE_FILES.weights} is missing`);
}

/** Whoever can't build a network knows the field, not the file. */
async function namingFile<T>(folder: FileReader, path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new ConfigError(`${folder.name}/${path}: ${cause.message}`, { cause });
  }
}
