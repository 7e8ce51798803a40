/** A model's files, with `rddpm.json` beside them: its method, how images are prepared for it, and the threshold above which they count as anomalous. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { type Backend, createRng, decodeSafetensors, FormatError } from '@rddpm/core';
import type { FileParts, FileReader, Method, ModelInfo, Scorer } from '@rddpm/core/contracts';
import { MODEL_FILE, MODEL_INFO, modelInfoIn, modelInfoText, parseModelInfo, preparationOfModel } from '@rddpm/core/model-info';
import { withFolder } from '@rddpm/core/node';
import { decodeCalibration, type MapCalibration, tiledScorer } from '@rddpm/maps';
import { completed, methodNamed, type Registry } from '../registry.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { readTextIfThere } from './read-if-there.ts';
import { expectRunConfig, runPaths } from './run-folder.ts';

export type LoadedModel = {
  readonly method: Method;
  readonly model: unknown;
  /** The method's config, in the form that its schema has now. */
  readonly config: unknown;
  readonly info: ModelInfo;
};

/** Writes the files, `rddpm.json` last: a folder that has it is complete. */
export async function saveModel(folder: string, files: readonly FileParts[], info: ModelInfo): Promise<void> {
  await fs.rm(join(folder, MODEL_INFO), { force: true });
  for (const { path, parts } of files) await writeFileAtomically(join(folder, ...path.split('/')), parts);
  await writeFileAtomically(join(folder, MODEL_INFO), `${modelInfoText(info, 2)}\n`);
}

/** The content of `rddpm.json`; undefined while the model is not complete. */
export async function readModelInfo(folder: string): Promise<ModelInfo | undefined> {
  const path = join(folder, MODEL_INFO);
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseModelInfo(text, path);
}

/** The model's folder of a run, be it trained here or imported. @throws {FormatError} if `run` is neither. */
export async function modelOfRun(run: string, registry: Registry): Promise<string> {
  const { model } = runPaths(run);
  if (!(await readModelInfo(model))) await expectRunConfig(run, registry); // an unfinished run passes here, and loadModel says that it isn't finished
  return model;
}

/**
 * @throws {FormatError} if the folder holds no complete model, or files that its method can't read; {ConfigError} if the method is not among the
 *   registry's.
 */
export async function loadModel(folder: string, registry: Registry): Promise<LoadedModel> {
  const info = await readModelInfo(folder);
  if (!info) throw new FormatError(`${folder} holds no trained model (${MODEL_INFO} is missing); finish rddpm train, with --resume`);
  return withFolder(folder, (read) => decoded(info, read, `${folder}/${MODEL_INFO}`, registry));
}

/** Whether a path names a model in one file, rather than the folder of a run. */
export const isModelFile = (path: string) => path.endsWith('.safetensors');

/**
 * A model that is nothing but one file with `rddpm.json` in its metadata, as the browser demo saves them, or a model folder's own.
 *
 * @throws {FormatError} if it is no such model, {ConfigError} if its method is not among the registry's, or its architecture is another.
 */
export async function loadModelFile(path: string, registry: Registry): Promise<LoadedModel> {
  const bytes = await fs.readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new FormatError(`${path} can't be read: ${cause.message}`, { cause });
  });
  const info = modelInfoIn(decodeSafetensors(bytes, path).metadata, path);
  const file = { size: bytes.length, read: async (begin: number, end: number) => bytes.subarray(begin, end) };
  return decoded(info, { name: path, open: async (name) => (name === MODEL_FILE ? file : undefined) }, path, registry);
}

async function decoded(info: ModelInfo, read: FileReader, source: string, registry: Registry): Promise<LoadedModel> {
  const method = methodNamed(registry, info.method, source);
  return { method, info, model: await method.files.decode(read), config: completed(method, method.config.parse(info.config), info.input) };
}

/** The calibration that a model's maps are divided by. @throws {FormatError} if it has another size than the model. */
export function calibrationOf(info: ModelInfo): MapCalibration | undefined {
  return info.calibration && decodeCalibration(info.calibration, preparationOfModel(info).size);
}

/** Lets `use` score frames with a model, and frees it afterwards. @param config Of the method; the model's own unless it is asked otherwise. */
export async function withScorer<R>(
  {
    method,
    model,
    config,
    info,
  }: Pick<LoadedModel, 'method' | 'model' | 'config'> & { readonly info: Pick<ModelInfo, 'seed' | 'preparation'> },
  backend: () => Promise<Backend>,
  use: (scorer: Scorer) => Promise<R>,
): Promise<R> {
  const { size, tiles } = info.preparation ?? {};
  const own = await method.scorer(model, config, { backend, rng: createRng(info.seed) });
  const scorer = size && tiles ? tiledScorer(own, size, tiles) : own;
  try {
    return await use(scorer);
  } finally {
    scorer.dispose();
  }
}
