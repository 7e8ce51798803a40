import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Backend, ConfigError, FormatError } from '@rddpm/core';
import type { Scorer, Smoothing } from '@rddpm/core/contracts';
import {
  assertFree,
  calibrationOf,
  completed,
  isModelFile,
  type LoadedModel,
  leftOutOf,
  loadModel,
  loadModelFile,
  makeThreshold,
  modelOfRun,
  openContaminated,
  openImages,
  type Registry,
  readContamination,
  readRunConfig,
  scoreImages,
  withScorer,
  writeDetection,
} from '@rddpm/study';
import type { Command } from 'commander';
import { openBackend } from '../backend.ts';
import { selectImages } from '../image-selection.ts';
import { type Context, note, printResult } from '../io.ts';
import { addMethodOptions, assertScoresOnly, type MethodFlags } from '../method-options.ts';
import { number } from '../option-values.ts';
import {
  addBackendOptions,
  addLayoutOption,
  addSmoothingOption,
  type BackendFlags,
  type LayoutFlags,
  type SmoothingFlags,
} from '../options.ts';
import { openRegistry } from '../registry.ts';
import { reporterOf } from '../reporter.ts';
import { resolveConfig } from '../resolve-run.ts';

type Flags = MethodFlags &
  SmoothingFlags &
  BackendFlags &
  LayoutFlags & { out: string; threshold?: number; overwrite?: boolean; json?: boolean };

export async function define(command: Command, context: () => Context): Promise<void> {
  const registry = await openRegistry(context().choices);
  command
    .argument('<run>', 'folder that rddpm train or import made, or a model in one file: .safetensors')
    .argument('<images...>', 'a data set (its test split), a folder of images, or images')
    .requiredOption('--out <dir>', 'folder for maps, masks, reconstructions, heat maps and scores.csv');
  addLayoutOption(addBackendOptions(addSmoothingOption(addMethodOptions(command, registry, 'score'))), registry.layouts)
    .option('--threshold <score>', 'from where on a score is anomalous (default: from the training images)', number())
    .option('--overwrite', 'replace what an earlier detection left in the folder')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nOptions that are left out are as the model has them.')
    .action((run: string, images: string[], flags: Flags) => detect(run, images, flags, context()));
}

async function detect(runName: string, paths: string[], flags: Flags, context: Context): Promise<void> {
  const registry = await openRegistry(context.choices);
  const reporter = reporterOf(context);
  const run = resolve(context.cwd, runName);
  const out = resolve(context.cwd, flags.out);
  await assertFree(out, { overwrite: flags.overwrite });
  const model = isModelFile(run) ? await loadModelFile(run, registry) : await loadModel(await modelOfRun(run, registry), registry);
  const { method, info } = model;
  assertScoresOnly(method, flags);
  const config = completed(method, resolveConfig(method, flags, registry, model.config), info.input);
  const { smoothing = info.smoothing } = flags;

  const selection = await selectImages(paths, context.cwd, registry, flags.layout);
  const leftOut =
    selection.isTestSplit && !isModelFile(run) ? await leftOutOf(run, selection.source, selection.samples) : new Set<string>();
  if (leftOut.size > 0) note(context, `${leftOut.size} test images were trained on: they are left out (train with --overlap to keep them)`);
  const kept = selection.samples.filter(({ path }) => !leftOut.has(path));
  if (kept.length === 0) throw new FormatError(`${paths.join(', ')} has no image to detect in`);
  const { set, samples, broken } = await openImages(selection.source, kept, { ...info.input, skipBroken: true }, reporter);

  let opened: Promise<Backend> | undefined;
  const backend = () => {
    opened ??= openBackend(flags, context);
    return opened;
  };
  await withScorer({ ...model, config }, backend, async (scorer) => {
    const calibration = calibrationOf(info);
    const isTheModels = isDeepStrictEqual([config, smoothing], [model.config, info.smoothing]);
    const threshold =
      flags.threshold ?? (await thresholdFor({ model, scorer, calibration, smoothing, isTheModels, run }, registry, context));
    const judged = await scoreImages({ method: method.name, scorer, calibration, smoothing, set }, 'detect', reporter);
    const contamination = leftOut.size > 0 ? await readContamination(run) : undefined;
    await writeDetection(out, { samples, set, judged, threshold, contamination });
    const anomalous = judged.scores.filter((score) => score >= threshold).length;
    const summary = { out, images: samples.length, anomalous, threshold, broken };
    const text = `${flags.out}: ${samples.length} images, ${anomalous} anomalous (score of at least ${threshold.toPrecision(4)})`;
    printResult(context, flags.json ? JSON.stringify(summary) : text);
  });
  if (broken.length > 0)
    throw new FormatError(`${broken.length} images can't be read (${broken.join(', ')}); ${join(flags.out)} has the others`);
}

type Judging = {
  readonly model: LoadedModel;
  readonly scorer: Scorer;
  readonly calibration: ReturnType<typeof calibrationOf>;
  readonly smoothing: Smoothing;
  /** Whether images are judged as they were when the model's threshold was made. */
  readonly isTheModels: boolean;
  readonly run: string;
};

/** The model's own, unless detection works differently now: its scores were other numbers then. */
async function thresholdFor(
  { model, scorer, calibration, smoothing, isTheModels, run }: Judging,
  registry: Registry,
  context: Context,
): Promise<number> {
  const { info, method } = model;
  if (info.threshold && isTheModels) return info.threshold.value;
  const config = isModelFile(run) ? undefined : await readRunConfig(run, registry);
  if (!config) {
    const reason = info.threshold ? 'detection is set otherwise than when the threshold was made' : 'the model has no threshold';
    throw new ConfigError(`${reason}, and there are no training images to make one from; give --threshold`);
  }
  const reporter = reporterOf(context);
  try {
    const { source, train } = await openContaminated(config, registry);
    const { set: training } = await openImages(source, train, { ...info.input, skipBroken: config.data.skipBroken }, reporter);
    note(context, 'detection is set otherwise than at training: the threshold is computed anew from training images');
    return (await makeThreshold({ method: method.name, scorer, calibration, smoothing, training }, reporter)).value;
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new ConfigError(`the threshold no longer fits, and the training images are not there (${cause.message}); give --threshold`, {
      cause,
    });
  }
}
