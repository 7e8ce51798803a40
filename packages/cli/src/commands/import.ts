import { basename, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError, toTensors } from '@rddpm/core';
import { loadPretrained } from '@rddpm/diffusers/node';
import {
  createConfiguredDetector,
  type DetectionConfig,
  type DiffusionModel,
  MODEL_INFO,
  type ModelInfo,
  modelInfoIn,
  samplerNamed,
} from '@rddpm/diffusion';
import { createSchedule } from '@rddpm/scheduler/config';
import type { UNet } from '@rddpm/unet';
import { dispose } from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import { openBackend } from '../backend.ts';
import { loadAll, openDataset } from '../data-set.ts';
import { scoreThreshold } from '../detect-images.ts';
import { type Context, printResult } from '../io.ts';
import { readModelInfo, saveModel } from '../model-folder.ts';
import { addBackendOptions, addDetectionOptions, type BackendFlags, type DetectionFlags } from '../options.ts';
import { resolveDetection } from '../run-config.ts';
import { assertFree, clearRun, runPaths } from '../run-folder.ts';

type Flags = DetectionFlags & BackendFlags & { out: string; dataset?: string; overwrite?: boolean; json?: boolean };

export function define(command: Command, context: () => Context): void {
  command
    .argument('<folder>', "a DDPMPipeline: what diffusers' save_pretrained or rddpm export wrote")
    .requiredOption('--out <run>', 'folder of the run')
    .option('--dataset <dir>', 'a data set whose training images give the threshold (default: none)');
  addBackendOptions(addDetectionOptions(command, 'default:'))
    .option('--overwrite', 'remove what an earlier run left in the folder')
    .option('--json', 'one JSON object')
    .action((folder: string, flags: Flags) => importModel(folder, flags, context()));
}

async function importModel(folderName: string, flags: Flags, context: Context): Promise<void> {
  const folder = resolve(context.cwd, folderName);
  const run = resolve(context.cwd, flags.out);
  await assertFree(run, { overwrite: flags.overwrite });
  const { network, weights, scheduler, metadata } = await loadPretrained(folder);
  const written = metadata[MODEL_INFO] === undefined ? undefined : modelInfoIn(metadata, folder); // Python writes none: with it these are our weights
  const stored = written ?? (await readModelInfo(folder));
  const { schedule, prediction, sampler: range } = scheduler;
  const diffusion = { schedule, prediction, noise: stored?.diffusion.noise ?? { name: 'gaussian' as const } };
  const asLong = stored && createSchedule(stored.diffusion.schedule).steps === createSchedule(schedule).steps;
  const known: Partial<DetectionConfig> = asLong ? stored.detection : {};
  const name = flags.sampler ?? known.sampler?.name ?? 'ddim';
  const sampler = samplerNamed(name, known.sampler ?? range, range);
  const detection = resolveDetection(flags, diffusion, { ...known, sampler });
  const images = imagesOf(network, folder);
  const untested: ModelInfo = {
    version: 1,
    ...images,
    diffusion,
    detection,
    threshold: null,
    seed: stored?.seed ?? 0,
    steps: stored?.steps ?? null,
  };
  // with the weights, all that a score depends on is as it was
  const unchanged = written && isDeepStrictEqual({ ...written, threshold: null }, untested);
  const model = { network, weights, info: untested };
  const own = unchanged ? written.threshold : null;
  const threshold = flags.dataset === undefined ? own : await thresholdFrom(flags.dataset, model, flags, context);
  if (flags.overwrite) await clearRun(run);
  await saveModel(runPaths(run).model, { ...model, info: { ...untested, threshold }, scheduler });
  const marks = threshold ? `threshold ${threshold.value.toPrecision(4)}` : 'no threshold (give --dataset, or --threshold to rddpm detect)';
  const text = `${flags.out}: ${basename(folder)}, ${images.size}x${images.size} pixels, ${marks}`;
  printResult(context, flags.json ? JSON.stringify({ run, ...images, threshold }) : text);
}

/** @throws {ConfigError} unless they are square, in colour or grey, and noised by timesteps. */
function imagesOf({ config }: UNet, folder: string): Pick<ModelInfo, 'size' | 'channels'> {
  const { sampleSize: size, inChannels: channels, outChannels } = config;
  if (config.timeEmbeddingType === 'fourier') {
    throw new ConfigError(
      `${folder}: time_embedding_type is fourier: its times are noise levels above 0, but rddpm's are timesteps from 0 on; it must be positional`,
    );
  }
  if (typeof size !== 'number') throw new ConfigError(`${folder}: sample_size is [${size}]; rddpm's images are square`);
  if ((channels === 1 || channels === 3) && outChannels === channels) return { size, channels };
  throw new ConfigError(`${folder}: in_channels is ${channels} and out_channels ${outChannels}; both must be 3, colour, or 1, grey`);
}

async function thresholdFrom(name: string, { network, weights, info }: DiffusionModel, flags: Flags, context: Context) {
  const { size, channels, seed } = info;
  const data = { size, channels, contamination: 0, of: 'normals', overlap: false, skipBroken: false } as const;
  const { source, train } = await openDataset({ dataset: resolve(context.cwd, name), data, seed });
  const { images } = await loadAll(source, train, data, context);
  const backend = await openBackend(flags, context);
  const tensors = toTensors(weights);
  try {
    return await scoreThreshold(createConfiguredDetector({ ...info, network, weights: tensors, backend }), images, context);
  } finally {
    dispose(tensors);
  }
}
