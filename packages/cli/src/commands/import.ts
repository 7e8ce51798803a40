import { basename, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError, createRng } from '@rddpm/core';
import type { InputShape, ModelInfo } from '@rddpm/core/contracts';
import { MODEL_INFO, modelInfoIn, preparationOfModel } from '@rddpm/core/model-info';
import { loadPretrained } from '@rddpm/diffusers/node';
import {
  type AskingConfig,
  askingConfigOf,
  type DetectionConfig,
  type DiffusionModel,
  modelFiles,
  samplerNamed,
  type UNetShape,
  unetShape,
  untrained,
} from '@rddpm/diffusion';
import { DEFAULT_SMOOTHING, judgingInfo } from '@rddpm/maps';
import { createSchedule } from '@rddpm/scheduler/config';
import {
  assertFree,
  clearRun,
  completed,
  makeJudging,
  openContaminated,
  openImages,
  readModelInfo,
  runPaths,
  saveModel,
  scoringPreparation,
} from '@rddpm/study';
import type { UNet } from '@rddpm/unet';
import type { Command } from 'commander';
import { openBackend } from '../backend.ts';
import { type Context, note, printResult } from '../io.ts';
import {
  addCalibrationOption,
  addMethodOptions,
  assertScoresOnly,
  assertTaken,
  type CalibrationFlags,
  changesFor,
  type MethodFlags,
  namingOptions,
} from '../method-options.ts';
import {
  addBackendOptions,
  addFalseAlarmsOption,
  addSmoothingOption,
  type BackendFlags,
  type FalseAlarmsFlags,
  type SmoothingFlags,
} from '../options.ts';
import { openRegistry } from '../registry.ts';
import { reporterOf } from '../reporter.ts';
import { resolveData } from '../resolve-run.ts';

type Flags = MethodFlags &
  SmoothingFlags &
  CalibrationFlags &
  FalseAlarmsFlags &
  BackendFlags & { out: string; dataset?: string; overwrite?: boolean; json?: boolean };

export async function define(command: Command, context: () => Context): Promise<void> {
  const registry = await openRegistry(context().choices);
  command
    .argument('<folder>', "a DDPMPipeline: what diffusers' save_pretrained or rddpm export wrote")
    .requiredOption('--out <run>', 'folder of the run')
    .option('--dataset <dir>', 'a data set whose training images give calibration and threshold (default: none)');
  addMethodOptions(command, registry, { what: 'score', cwd: context().cwd });
  addBackendOptions(addFalseAlarmsOption(addCalibrationOption(addSmoothingOption(command))))
    .option('--overwrite', 'remove what an earlier run left in the folder')
    .option('--json', 'one JSON object')
    .action((folder: string, flags: Flags) => importModel(folder, flags, context()));
}

/** The method that a model trained elsewhere is stored as. Its loss is not known, and has no effect on detection. */
const METHOD = 'ddpm';

/** Nobody knows which timesteps it was trained on, so it may be asked about any. */
const UNKNOWN_TRAINING = { training: { timesteps: null } };

async function importModel(folderName: string, flags: Flags, context: Context): Promise<void> {
  const folder = resolve(context.cwd, folderName);
  const run = resolve(context.cwd, flags.out);
  if (flags.dataset === undefined && (flags.calibration !== undefined || flags.falseAlarms !== undefined)) {
    throw new ConfigError(
      `${flags.calibration === undefined ? '--false-alarms' : '--calibration'} goes by training images; give --dataset`,
    );
  }
  await assertFree(run, { overwrite: flags.overwrite });
  const { network, weights, scheduler, metadata } = await loadPretrained(folder);
  const written = metadata[MODEL_INFO] === undefined ? undefined : modelInfoIn(metadata, folder); // Python writes none: with it these are our weights
  const stored = written ?? (await readModelInfo(folder));
  const input = imagesOf(network, folder);
  const asking = askingOf(flags, network, scheduler, stored && askingConfigOf(stored));
  const untested: ModelInfo = {
    version: 2,
    method: stored?.method ?? METHOD,
    input,
    preparation: stored ? stored.preparation : scoringPreparation({ data: resolveData(sidesOf(input)) }),
    config: { ...(stored?.config ?? UNKNOWN_TRAINING), ...asking },
    smoothing: flags.smoothing ?? stored?.smoothing ?? DEFAULT_SMOOTHING,
    threshold: null,
    seed: stored?.seed ?? 0,
  };
  const registry = await openRegistry(context.choices);
  const known = registry.methods.find(({ name }) => name === untested.method);
  if (known) namingOptions(flags, () => completed(known, known.config.parse(untested.config), input)); // so that it can be loaded again
  // the weights are ours, and all else that scores depend on is as it was
  const unchanged =
    written &&
    isDeepStrictEqual(asInFile([written.input, askingConfigOf(written), written.smoothing]), asInFile([input, asking, untested.smoothing]));
  const model: DiffusionModel = { network, weights, info: untested };
  const own: Judged = unchanged
    ? { calibration: written.calibration, criteria: written.criteria, threshold: written.threshold }
    : { threshold: null };
  const judged = flags.dataset === undefined ? own : await judgedBy(flags.dataset, model, flags, context);
  const { threshold } = judged;
  if (flags.overwrite) await clearRun(run);
  const info = { ...untested, ...judged };
  await saveModel(runPaths(run).model, modelFiles({ ...model, info, scheduler }), info);
  const marks = threshold ? `threshold ${threshold.value.toPrecision(4)}` : 'no threshold (give --dataset, or --threshold to rddpm detect)';
  const text = `${flags.out}: ${basename(folder)}, ${input.width}x${input.height} pixels, ${marks}`;
  printResult(context, flags.json ? JSON.stringify({ run, ...input, threshold }) : text);
}

/** A copy without fields that are undefined. */
const asInFile = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** The detection config: from the folder's scheduler, and where that says nothing from the model's own file or the defaults. */
function askingOf(
  flags: MethodFlags,
  { config }: UNet,
  { schedule, prediction, sampler: range }: Awaited<ReturnType<typeof loadPretrained>>['scheduler'],
  stored: AskingConfig<UNetShape> | undefined,
): AskingConfig<UNetShape> {
  const diffusion = { schedule, prediction, noise: stored?.diffusion.noise ?? { name: 'gaussian' as const } };
  const asLong = stored && createSchedule(stored.diffusion.schedule).steps === createSchedule(schedule).steps;
  const known: Partial<DetectionConfig> = asLong ? stored.detection : {};
  const before = { network: unetShape(config), diffusion, detection: known as DetectionConfig };
  assertScoresOnly({ method: untrained, config: before }, flags);
  const { changes, left } = changesFor(untrained, flags);
  assertTaken([{ method: untrained, left }], { methods: [] });
  const name = (changes as Partial<AskingConfig>).detection?.sampler?.name ?? known.sampler?.name ?? 'ddim';
  const detection = { ...known, sampler: samplerNamed(name, known.sampler ?? range, range) } as DetectionConfig;
  return namingOptions(flags, () => untrained.config.parse(changes, { ...before, detection }));
}

/** The images that the network takes. @throws {ConfigError} unless they are in colour or grey, and noised by timesteps. */
function imagesOf({ config }: UNet, folder: string): InputShape {
  const { sampleSize, inChannels: channels, outChannels } = config;
  if (config.timeEmbeddingType === 'fourier') {
    throw new ConfigError(
      `${folder}: time_embedding_type is fourier: its times are noise levels above 0, but rddpm's are timesteps from 0 on; it must be positional`,
    );
  }
  const [height, width] = typeof sampleSize === 'number' ? [sampleSize, sampleSize] : sampleSize;
  if ((channels === 1 || channels === 3) && outChannels === channels) return { width, height, channels };
  throw new ConfigError(`${folder}: in_channels is ${channels} and out_channels ${outChannels}; both must be 3, colour, or 1, grey`);
}

const sidesOf = ({ width, height, channels }: InputShape) => ({ size: { width, height }, channels });

type Judged = Pick<ModelInfo, 'calibration' | 'criteria' | 'threshold' | 'preparation'>;

async function judgedBy(name: string, model: DiffusionModel, flags: Flags, context: Context): Promise<Judged> {
  const { input, seed, smoothing, method } = model.info;
  const registry = await openRegistry(context.choices);
  const data = { ...resolveData(sidesOf(input)), contamination: 0 };
  const { source, train } = await openContaminated({ dataset: resolve(context.cwd, name), data, seed }, registry);
  const reporter = reporterOf(context);
  const { set: training, preparation } = await openImages(
    source,
    train,
    { preparation: preparationOfModel(model.info), skipBroken: false },
    reporter,
  );
  const backend = () => openBackend(flags, context);
  const scorer = await untrained.scorer(model, askingConfigOf(model.info), { backend, rng: createRng(seed) });
  try {
    const { calibration, falseAlarms } = flags;
    const judging = await makeJudging({ method, scorer, smoothing, training, calibration, falseAlarms }, reporter);
    if (judging.note !== undefined) note(context, judging.note);
    return { ...judgingInfo(judging), preparation };
  } finally {
    scorer.dispose();
  }
}
