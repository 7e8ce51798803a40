import { join, resolve } from 'node:path';
import { ConfigError, createRng } from '@rddpm/core';
import type { Calibration, FitRun, InputShape, Method, ModelInfo, TrainingSet, ValueRange } from '@rddpm/core/contracts';
import { formatManifest } from '@rddpm/data';
import { LOSS_NAMES } from '@rddpm/losses/config';
import {
  assertFree,
  assertSameRun,
  clearRun,
  completed,
  contaminationFile,
  counted,
  entriesOf,
  fitRun,
  type ImageSet,
  inputFor,
  noteDataset,
  noteDuplicates,
  openContaminated,
  openImages,
  preparationFor,
  type RunConfig,
  readManifest,
  readRunConfig,
  runPaths,
  shownSet,
  trustedBy,
  writeFileAtomically,
  writeJson,
} from '@rddpm/study';
import type { Command } from 'commander';
import { openBackend } from '../backend.ts';
import { assertUseful, builtAs } from '../built-set.ts';
import { takeFirstLook } from '../first-look.ts';
import { type Context, note, printResult, warn } from '../io.ts';
import { addCalibrationOption, addMethodOptions, addRecipeOption } from '../method-options.ts';
import { number, wholeNumber } from '../option-values.ts';
import { addBackendOptions, addDataOptions, addFalseAlarmsOption, addSmoothingOption, contamination, namedConfig } from '../options.ts';
import { openRegistry } from '../registry.ts';
import { reporterOf } from '../reporter.ts';
import { type RunFlags, resolveRun, selection } from '../resolve-run.ts';

type Flags = RunFlags & { out: string; minutes?: number; firstLook: boolean; resume?: boolean; overwrite?: boolean; json?: boolean };

export async function define(command: Command, context: () => Context): Promise<void> {
  const registry = await openRegistry(context().choices);
  command
    .argument('<dataset>', "a data set's folder, such as one in MVTec AD layout, or a list of images")
    .requiredOption('--out <run>', 'folder of the run')
    .option(
      '--method <name>',
      'the method, which rddpm benchmark --help lists, or several as one: a+b (default: rddpm-concentrated, or what --loss and --selection make of it)',
    )
    .option(
      '--loss <config>',
      `${LOSS_NAMES.join(', ')}; or JSON such as '{"name":"barron","alpha":0.5}' (default: mse, plain DDPM)`,
      namedConfig,
    )
    .option(
      '--selection <config>',
      'concentrated trains on the images that fit best; or JSON such as \'{"name":"concentrated","keep":0.8}\'; none trains on all (default: concentrated, unless --loss is given)',
      selection,
    )
    .option(
      '--minutes <n>',
      'train for about so long: a few steps are timed to tell how many there is time for; instead of --steps',
      number({ above: 0 }),
    )
    .option(
      '--contamination <ratio>',
      'defective images to put among the training images; or natural, to keep those that are there (default: 0)',
      contamination,
    )
    .option('--trust <run>', "leave out the training images that this run's model suspects")
    .option('--seed <n>', 'seed of everything random (default: 0)', wholeNumber(0));
  addMethodOptions(addDataOptions(command, registry.layouts), registry, { what: 'all', cwd: context().cwd });
  addBackendOptions(addRecipeOption(addFalseAlarmsOption(addCalibrationOption(addSmoothingOption(command))), registry))
    .option('--resume', 'go on from the newest checkpoint; options that are left out are as before')
    .option(
      '--no-first-look',
      'no first look, with which a new run of a method that takes minutes begins: suspects of patch-gaussian, which takes seconds, with heat maps, in first-look/',
    )
    .option('--overwrite', 'remove what an earlier run left in the folder')
    .option('--json', 'one JSON object')
    .action((dataset: string, flags: Flags) => train(dataset, flags, context()));
}

async function train(dataset: string, typed: Flags, context: Context): Promise<void> {
  const registry = await openRegistry(context.choices);
  const reporter = reporterOf(context);
  const run = resolve(context.cwd, typed.out);
  const { flags: built, ratio } = await builtAs(typed, context.cwd);
  const flags: Flags = ratio === undefined ? built : { ...built, contamination: ratio };
  await assertFree(run, { resume: flags.resume, overwrite: flags.overwrite });
  const stored = flags.resume ? await readRunConfig(run, registry) : undefined;
  assertMinutes(flags, stored);
  const { method, config: resolved, open } = resolveRun(resolve(context.cwd, dataset), flags, registry, stored);
  if (!stored) assertUseful(typed, [resolved.data.contamination]);
  const manifest = stored && (await readManifest(run));
  if (stored) {
    assertSameRun(stored, resolved, runPaths(run).config, method, manifest);
    warnOfLists(stored, resolved, context);
  }
  if (!stored && flags.resume) await assertFree(run, {}); // there is no run to resume

  const data = await openContaminated(resolved, registry, manifest, stored ? {} : typed);
  noteDataset(data, reporter);
  const { skipBroken } = resolved.data;
  const preparation = preparationFor(method, resolved);
  const images = await openImages(data.source, data.train, { preparation, skipBroken }, reporter);
  const { trust } = resolved.data;
  const training = trust === undefined || manifest?.version === 2 ? images : await trustedBy(trust, images); // a run that goes on has its list of images in the manifest
  noteTraining(training, context);
  let backend: ReturnType<typeof openBackend> | undefined;
  const opened = () => {
    backend ??= openBackend({ ...flags, backend: resolved.backend as Flags['backend'] }, context);
    return backend;
  };
  let used: ReturnType<typeof contaminationFile> | undefined;
  const uses = () => {
    used ??= contaminationFile(data, training);
    return used;
  };
  const looksFirst = Boolean(method.plan) && flags.firstLook && !stored;
  if (looksFirst) await takeFirstLook({ run, config: resolved, uses, training, registry, backend: opened, reporter, shownAs: flags.out });
  const planned =
    flags.minutes === undefined
      ? resolved.config
      : await planFor(flags.minutes, {
          method,
          open,
          input: inputFor(method, resolved.config, resolved.data),
          seed: resolved.seed,
          training: shownSet(training),
          backend: opened,
        });
  const config = { ...resolved, config: planned };

  if (flags.overwrite) await clearRun(run, { keepsFirstLook: looksFirst });
  const onStart = async () => {
    await writeJson(runPaths(run).config, config);
    const manifest = await uses();
    noteDuplicates(manifest, reporter);
    await writeFileAtomically(runPaths(run).contamination, formatManifest(manifest));
  };
  const model = await fitRun({ run, method, config, training, backend: opened, reporter, title: 'train', onStart });
  const line = calibrationLine(model.info);
  if (line !== undefined) note(context, line);
  await noteLists(run, flags.out, context);
  const facts = { run, ...method.facts?.(model.model, model.config) };
  const { steps } = facts as { steps?: number };
  printResult(
    context,
    flags.json
      ? JSON.stringify({ run, method: method.name, steps })
      : `${flags.out}: trained ${steps === undefined ? method.name : `${steps} steps`}`,
  );
}

/** Warns of other lists than the run began with: its own manifest says what it learns from, once and for all. */
function warnOfLists({ data: before }: RunConfig, { data: now }: RunConfig, context: Context): void {
  const others = [
    ...(before.splitList === now.splitList ? [] : ['--split-list']),
    ...(before.manifest === now.manifest ? [] : ['--manifest']),
  ];
  for (const option of others)
    warn(context, `${option} is another file than before, and is not read: the run goes on with its own contamination.json`);
}

/** Says which list of suspects to go by: the run's own, or that of the first look. */
async function noteLists(run: string, shownAs: string, context: Context): Promise<void> {
  const names = async (folder: string) => (await entriesOf(folder)).includes('suspects.csv');
  if (!(await names(runPaths(run).firstLook))) return;
  const page = (...folder: string[]) => join(shownAs, ...folder, 'suspects.html');
  note(
    context,
    (await names(run))
      ? `which images look defective: go by ${page()}, of the model that has learnt; ${page('first-look')} was a first guess`
      : `which images look defective: ${page('first-look')} is a first guess, and this method makes no list of its own`,
  );
}

/** Notes how many images there are, and their sizes, before the training begins. */
function noteTraining({ samples, pictures, preparation: { size, fit, crop, ranges = {} } }: ImageSet, context: Context): void {
  const defective = samples.filter(({ contaminant }) => contaminant).length;
  const isKnown = samples.some(({ anomalous }) => anomalous !== undefined);
  note(
    context,
    `${counted(samples.length, 'training image')}${isKnown ? `, ${defective} of them defective` : ', of which nobody says whether they are good'}`,
  );
  for (const [type, range] of Object.entries(ranges) as [string, ValueRange][]) {
    const what = type === 'float' ? 'floats' : 'pictures of 16 bits';
    note(context, `${what}: ${range.black} is taken for black, ${range.white} for white`);
  }
  const odd = (crop ? [crop] : pictures).find(({ width, height }) => width * size.height !== height * size.width);
  if (!odd) return;
  const how = { pad: 'padded', crop: 'cut off', stretch: 'stretched' }[fit];
  note(
    context,
    `${crop ? 'crops of' : 'pictures such as'} ${odd.width}x${odd.height} are ${how} to ${size.width}x${size.height} (--fit, --size 320x128 for width x height)`,
  );
}

/** @throws {ConfigError} for `--minutes` beside `--steps`, and for a run that goes on. */
function assertMinutes({ minutes, steps }: Flags, stored: RunConfig | undefined): void {
  if (minutes === undefined) return;
  if (stored) throw new ConfigError('--minutes plans a run from its start; leave it out to go on with the steps that were planned');
  if (steps !== undefined)
    throw new ConfigError(`--minutes measures how many steps there is time for, but --steps is ${steps}; leave one of them out`);
}

type Planning = {
  readonly method: Method;
  /** The method's config before fields that depend on the number of steps are filled in. */
  readonly open: unknown;
  readonly input: InputShape;
  readonly seed: number;
  readonly training: TrainingSet;
  readonly backend: FitRun['backend'];
};

/** The method's config with as many steps as fit into the minutes. @throws {ConfigError} if its other fields don't allow that number. */
async function planFor(minutes: number, { method, open, input, seed, training, backend }: Planning): Promise<unknown> {
  if (!method.plan) throw new ConfigError(`--minutes: ${method.name} has no steps to plan; it takes what it takes`);
  const planned = await method.plan(training, open, { backend, rng: createRng(seed), seconds: 60 * minutes });
  return completed(method, method.config.parse(planned), input);
}

/** Says which calibration `auto` chose, and by which criteria; undefined if none was to be chosen. */
function calibrationLine({ calibration, criteria }: ModelInfo): string | undefined {
  if (!criteria) return undefined;
  const shares = Object.entries(criteria) as [Calibration['kind'], number][];
  const text = (some: typeof shares) => some.map(([kind, share]) => `${kind} ${share.toFixed(2)}`).join(', ');
  const own = calibration && criteria[calibration.kind];
  if (own === undefined) return `calibration: none (of what it takes uncalibrated, a defect would stand out at ${text(shares)})`;
  const others = text(shares.filter(([kind]) => kind !== calibration?.kind));
  const share = `a defect stands out at ${own.toFixed(2)} of what it takes uncalibrated`;
  return `calibration: ${calibration?.kind} (${share}${others && `; ${others}`})`;
}
