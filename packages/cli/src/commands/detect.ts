import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Backend, ConfigError, FormatError } from '@rddpm/core';
import type { Sample, Scorer, Smoothing } from '@rddpm/core/contracts';
import { preparationOfModel } from '@rddpm/core/model-info';
import { formatManifest } from '@rddpm/data';
import { type MapCalibration, thresholdAt } from '@rddpm/maps';
import {
  assertFree,
  calibrationOf,
  completed,
  counted,
  isModelFile,
  keptOf,
  type LoadedModel,
  loadModel,
  loadModelFile,
  makeJudging,
  modelOfRun,
  noteBeyond,
  noteLeftOut,
  openContaminated,
  openImages,
  type Registry,
  readManifest,
  readManifestText,
  readRunConfig,
  sameScores,
  scoreImages,
  testedFile,
  testHalf,
  withScorer,
  writeDetection,
} from '@rddpm/study';
import type { Command } from 'commander';
import { openBackend } from '../backend.ts';
import { imagesAt } from '../image-selection.ts';
import { type Context, note, printResult } from '../io.ts';
import { addMethodOptions, assertScoresOnly, type MethodFlags } from '../method-options.ts';
import { number } from '../option-values.ts';
import {
  addBackendOptions,
  addFalseAlarmsOption,
  addLayoutOption,
  addSmoothingOption,
  type BackendFlags,
  type FalseAlarmsFlags,
  type LayoutFlags,
  type SmoothingFlags,
} from '../options.ts';
import { openRegistry } from '../registry.ts';
import { reporterOf } from '../reporter.ts';
import { resolveConfig } from '../resolve-run.ts';

type Flags = MethodFlags &
  SmoothingFlags &
  FalseAlarmsFlags &
  BackendFlags &
  LayoutFlags & { out: string; threshold?: number; overwrite?: boolean; json?: boolean };

export async function define(command: Command, context: () => Context): Promise<void> {
  const registry = await openRegistry(context().choices);
  command
    .argument('<run>', 'folder that rddpm train or import made, or a model in one file: .safetensors')
    .argument('<images...>', 'a data set (its test split), a folder of images, or images')
    .requiredOption('--out <dir>', 'folder for maps, masks, reconstructions, heat maps and scores.csv');
  addLayoutOption(
    addBackendOptions(addSmoothingOption(addMethodOptions(command, registry, { what: 'score', cwd: context().cwd }))),
    registry.layouts,
  );
  addFalseAlarmsOption(command, "the model's")
    .option(
      '--threshold <score>',
      'the score from which on an image or a pixel is anomalous (default: made from the training images)',
      number(),
    )
    .option('--overwrite', 'replace what an earlier detection left in the folder')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nOptions that are left out are as the model has them.')
    .action((run: string, images: string[], flags: Flags) => detect(run, images, flags, context()));
}

async function detect(runName: string, paths: string[], flags: Flags, context: Context): Promise<void> {
  if (flags.threshold !== undefined && flags.falseAlarms !== undefined) {
    throw new ConfigError('--threshold says where, --false-alarms how often; give one of them');
  }
  const registry = await openRegistry(context.choices);
  const reporter = reporterOf(context);
  const run = resolve(context.cwd, runName);
  const out = resolve(context.cwd, flags.out);
  await assertFree(out, { overwrite: flags.overwrite });
  const model = isModelFile(run) ? await loadModelFile(run, registry) : await loadModel(await modelOfRun(run, registry), registry);
  const { method, info } = model;
  assertScoresOnly(model, flags);
  const config = completed(method, resolveConfig(method, flags, registry, model.config), info.input);
  const { smoothing = info.smoothing } = flags;

  const selection = await imagesAt(paths, context.cwd, registry, flags.layout);
  noteLeftOut(selection.leftOut, reporter);
  const { source } = selection;
  const half = selection.isDataset
    ? await testHalf(source, selection.samples, isModelFile(run) ? undefined : run)
    : { samples: selection.samples, leftOut: 0, isOther: false };
  if (half.leftOut > 0) {
    note(
      context,
      `left out: ${counted(half.leftOut, 'image')} trained on, or of the same part as one that was (train with --overlap to keep test images)`,
    );
  }
  if (half.samples.length === 0) throw new FormatError(`${paths.join(', ')} has no image to detect in`);
  const images = await openImages(source, half.samples, { preparation: preparationOfModel(info), skipBroken: true }, reporter);
  const { set, samples, broken } = images;
  noteBeyond(images, reporter);

  let opened: Promise<Backend> | undefined;
  const backend = () => {
    opened ??= openBackend(flags, context);
    return opened;
  };
  await withScorer({ ...model, config }, backend, async (scorer) => {
    const isTheModels = sameScores(method, model.config, config) && isDeepStrictEqual(smoothing, info.smoothing);
    const judging = await judgingFor({ model, scorer, smoothing, isTheModels, run, flags }, registry, context);
    const { calibration, threshold } = judging;
    const judged = await scoreImages({ method: method.name, scorer, calibration, smoothing, set }, 'detect', reporter);
    const contamination =
      broken.length > 0
        ? formatManifest(await testedFile(source, { tested: half.samples, all: selection.samples }, images))
        : half.isOther
          ? await readManifestText(run)
          : undefined;
    await writeDetection(out, { samples, set, framing: images, judged, threshold, contamination });
    const anomalous = judged.scores.filter((score) => score >= threshold).length;
    const verdicts = selection.isDataset ? verdictsOf(samples, judged.scores, judging) : undefined;
    const summary = { out, images: samples.length, anomalous, threshold, ...verdicts, broken };
    const text = `${flags.out}: ${counted(samples.length, 'image')}, ${anomalous} anomalous (score of at least ${threshold.toPrecision(4)})`;
    printResult(context, flags.json ? JSON.stringify(summary) : verdicts ? `${text}\n${verdictsText(verdicts)}` : text);
  });
  if (broken.length > 0)
    throw new FormatError(`${counted(broken.length, 'image')} can't be used (${broken.join(', ')}); ${join(flags.out)} has the others`);
}

type Verdicts = {
  readonly good: { readonly images: number; readonly falseAlarms: number; readonly expectedShare?: number | undefined };
  readonly defective: { readonly images: number; readonly found: number };
};

/** How many good images were flagged and defective ones found; undefined where nobody knows which images are good. */
function verdictsOf(samples: readonly Sample[], scores: Float64Array, { threshold, falseAlarms }: Judging): Verdicts | undefined {
  const flagged = (anomalous: boolean) => {
    const ofThem = scores.filter((_, i) => samples[i]!.anomalous === anomalous);
    return [ofThem.length, ofThem.filter((score) => score >= threshold).length] as const;
  };
  const [good, alarms] = flagged(false);
  const [defective, found] = flagged(true);
  if (good + defective === 0) return undefined;
  return { good: { images: good, falseAlarms: alarms, expectedShare: falseAlarms }, defective: { images: defective, found } };
}

/** 'false alarms: 1 of 20 good images (5 % expected); 61 of 63 defective found' */
function verdictsText({ good, defective }: Verdicts): string {
  const expected = good.expectedShare === undefined ? '' : ` (${Number((100 * good.expectedShare).toPrecision(3))} % expected)`;
  return `false alarms: ${good.falseAlarms} of ${good.images} good images${expected}; ${defective.found} of ${defective.images} defective found`;
}

/** How images are judged. @property falseAlarms The share of good images above the threshold that it was made for; undefined for a threshold that was typed. */
type Judging = {
  readonly calibration: MapCalibration | undefined;
  readonly threshold: number;
  readonly falseAlarms?: number | undefined;
};

type JudgingFor = {
  readonly model: LoadedModel;
  readonly scorer: Scorer;
  readonly smoothing: Smoothing;
  /** Whether images are judged as they were when the model's calibration and threshold were made. */
  readonly isTheModels: boolean;
  readonly run: string;
  readonly flags: Pick<Flags, 'threshold' | 'falseAlarms'>;
};

/** The model's calibration and threshold. They are measured anew if options changed how detection works, since scores are other numbers then; not with `--threshold`. */
async function judgingFor(
  { model, scorer, smoothing, isTheModels, run, flags }: JudgingFor,
  registry: Registry,
  context: Context,
): Promise<Judging> {
  const { info, method } = model;
  const calibration = calibrationOf(info);
  if (flags.threshold !== undefined) return { calibration, threshold: flags.threshold };
  const own = isTheModels ? info.threshold : null;
  if (own && 'tail' in own) {
    const { value, falseAlarms } = thresholdAt(own, flags.falseAlarms ?? own.falseAlarms);
    return { calibration, threshold: value, falseAlarms };
  }
  if (own && flags.falseAlarms === undefined) return { calibration, threshold: own.value };
  const config = isModelFile(run) ? undefined : await readRunConfig(run, registry);
  const reason = !info.threshold
    ? 'the model has no threshold'
    : isTheModels
      ? "the model's threshold, of an earlier version, tells nothing of rates of false alarms"
      : 'detection is set otherwise than when the threshold was made';
  if (!config) throw new ConfigError(`${reason}, and there are no training images to make one from; give --threshold`);
  const reporter = reporterOf(context);
  try {
    const { source, train } = await openContaminated(config, registry, await readManifest(run));
    const { skipBroken } = config.data;
    const { set: training } = await openImages(source, train, { preparation: preparationOfModel(info), skipBroken }, reporter);
    const { falseAlarms = config.falseAlarms } = flags;
    const kept = await keptOf(run, training.count);
    const options = { method: method.name, scorer, smoothing, training, kept, calibration: config.calibration, falseAlarms };
    const judging = await makeJudging(options, reporter);
    note(context, `${reason}: calibration and threshold are made anew from ${counted(judging.threshold.images, 'training image')}`);
    if (judging.note !== undefined) note(context, judging.note);
    return { calibration: judging.calibration, threshold: judging.threshold.value, falseAlarms };
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new ConfigError(`the threshold no longer fits, and the training images are not there (${cause.message}); give --threshold`, {
      cause,
    });
  }
}
