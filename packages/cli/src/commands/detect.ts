import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError, FormatError, toTensors } from '@rddpm/core';
import type { Detector } from '@rddpm/detector';
import { createConfiguredDetector, type DetectionConfig, type DiffusionModel } from '@rddpm/diffusion';
import { dispose } from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import { openBackend } from '../backend.ts';
import { loadAll, openDataset } from '../data-set.ts';
import { detectAll, scoreThreshold } from '../detect-images.ts';
import { writeDetection } from '../detection-folder.ts';
import { selectImages } from '../image-selection.ts';
import { type Context, note, printResult } from '../io.ts';
import { leftOutOf, readContamination } from '../left-out.ts';
import { isModelFile, loadModel, loadModelFile, modelOfRun } from '../model-folder.ts';
import { number } from '../option-values.ts';
import { addBackendOptions, addDetectionOptions, type BackendFlags, type DetectionFlags } from '../options.ts';
import { resolveDetection } from '../run-config.ts';
import { assertFree, readRunConfig } from '../run-folder.ts';

type Flags = DetectionFlags & BackendFlags & { out: string; threshold?: number; overwrite?: boolean; json?: boolean };

export function define(command: Command, context: () => Context): void {
  command
    .argument('<run>', 'folder that rddpm train or import made, or a model in one file: .safetensors')
    .argument('<images...>', 'a data set (its test split), a folder of images, or images')
    .requiredOption('--out <dir>', 'folder for maps, masks, reconstructions, heat maps and scores.csv');
  addBackendOptions(addDetectionOptions(command, 'default: as trained,'))
    .option('--threshold <score>', 'from where on a score is anomalous (default: from the training images)', number())
    .option('--overwrite', 'replace what an earlier detection left in the folder')
    .option('--json', 'one JSON object')
    .action((run: string, images: string[], flags: Flags) => detect(run, images, flags, context()));
}

async function detect(runName: string, paths: string[], flags: Flags, context: Context): Promise<void> {
  const run = resolve(context.cwd, runName);
  const out = resolve(context.cwd, flags.out);
  await assertFree(out, { overwrite: flags.overwrite });
  const model = await openModel(run);
  const detection = resolveDetection(flags, model.info.diffusion, model.info.detection);

  const selection = await selectImages(paths, context.cwd);
  const leftOut =
    selection.isTestSplit && !isModelFile(run) ? await leftOutOf(run, selection.source, selection.samples) : new Set<string>();
  if (leftOut.size > 0) note(context, `${leftOut.size} test images were trained on: they are left out (train with --overlap to keep them)`);
  const kept = selection.samples.filter(({ path }) => !leftOut.has(path));
  if (kept.length === 0) throw new FormatError(`${paths.join(', ')} has no image to detect in`);
  const { images, samples, broken } = await loadAll(selection.source, kept, { ...model.info, skipBroken: true }, context);

  const backend = await openBackend(flags, context);
  const weights = toTensors(model.weights);
  try {
    const { network, info } = model;
    const detector = createConfiguredDetector({ ...info, network, weights, detection, backend });
    const threshold = flags.threshold ?? (await thresholdFor(detector, detection, model, run, context));
    const found = await detectAll(detector, images, 'detect', context);
    const contamination = leftOut.size > 0 ? await readContamination(run) : undefined;
    await writeDetection(out, { samples, images, detection: found, threshold, contamination });
    const anomalous = found.scores.filter((score) => score >= threshold).length;
    const summary = { out, images: samples.length, anomalous, threshold, broken };
    const text = `${flags.out}: ${samples.length} images, ${anomalous} anomalous (score of at least ${threshold.toPrecision(4)})`;
    printResult(context, flags.json ? JSON.stringify(summary) : text);
  } finally {
    dispose(weights);
  }
  if (broken.length > 0)
    throw new FormatError(`${broken.length} images can't be read (${broken.join(', ')}); ${join(flags.out)} has the others`);
}

async function openModel(run: string): Promise<DiffusionModel> {
  return isModelFile(run) ? loadModelFile(run) : loadModel(await modelOfRun(run));
}

/** The model's own, unless detection works differently now: its scores were other numbers then. */
async function thresholdFor(
  detector: Detector,
  detection: DetectionConfig,
  model: DiffusionModel,
  run: string,
  context: Context,
): Promise<number> {
  const { info } = model;
  if (info.threshold && isDeepStrictEqual(detection, info.detection)) return info.threshold.value;
  const config = isModelFile(run) ? undefined : await readRunConfig(run);
  if (!config) {
    const reason = info.threshold ? 'detection is set otherwise than when the threshold was made' : 'the model has no threshold';
    throw new ConfigError(`${reason}, and there are no training images to make one from; give --threshold`);
  }
  try {
    const { source, train } = await openDataset(config);
    const { images } = await loadAll(source, train, config.data, context);
    note(context, 'detection is set otherwise than at training: the threshold is computed anew from training images');
    return (await scoreThreshold(detector, images, context)).value;
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new ConfigError(`the threshold no longer fits, and the training images are not there (${cause.message}); give --threshold`, {
      cause,
    });
  }
}
