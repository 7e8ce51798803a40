/** One run in its folder: checkpoints and metrics as they come, then the threshold, suspects if the method names some, and last the model. */
import { type Backend, createRng } from '@rddpm/core';
import type { FitEvent, Method, ModelInfo, RatedRows } from '@rddpm/core/contracts';
import { withFolder } from '@rddpm/core/node';
import { merged } from '@rddpm/core/schema';
import { judgingInfo, keptFrames, ratedTiles } from '@rddpm/maps';
import type { ShownCounts } from '@rddpm/report';
import type { Reporter } from '../reporter.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoints.ts';
import { type ImageSet, shownSet } from './data-set.ts';
import { type LoadedModel, readModelInfo, saveModel, withScorer } from './model-folder.ts';
import { inputFor } from './preparation.ts';
import { entriesOf, readTextIfThere } from './read-if-there.ts';
import { rememberingScorer } from './remembering-scorer.ts';
import type { RunConfig } from './run-config.ts';
import { sameFit } from './run-config.ts';
import { appendMetrics, rewindMetrics, runPaths } from './run-folder.ts';
import { makeJudging, rateImages } from './score-images.ts';
import { writeSuspects } from './suspects.ts';

export type FitRunOptions = {
  readonly run: string;
  readonly method: Method;
  readonly config: RunConfig;
  /** The training images as frames (whole pictures, not tiles), prepared for the method. */
  readonly training: ImageSet;
  readonly backend: () => Promise<Backend>;
  readonly reporter: Reporter;
  /** Names the run in progress and messages. */
  readonly title: string;
  /** Whether suspects are named where the method itself names none: by how the finished model scores the training images. @defaultValue false */
  readonly namesSuspects?: boolean | undefined;
  /** How many images the page of suspects shows: only for these are maps, masks and heat maps written. @defaultValue as `ShownCounts` of `@rddpm/report` */
  readonly shown?: ShownCounts | undefined;
  /** Called once, when the method has accepted the data, its config and the checkpoint, if there is one: the time to write the config. */
  readonly onStart?: (() => Promise<void>) | undefined;
};

/** @property fitSeconds How long the fit and the measuring of the threshold took; undefined where a part of the fit was done before. */
export type FittedRun = LoadedModel & { readonly fitSeconds: number | undefined };

/**
 * Fits from the newest checkpoint in the folder, if there is one, and leaves a complete model. A run that is complete stays as it is.
 *
 * @throws what the reporter throws for an interruption, with a checkpoint written; {StepError} with the newest state in a checkpoint.
 */
export async function fitRun(options: FitRunOptions): Promise<FittedRun> {
  const { run, method, config, training, backend, reporter } = options;
  const { model: folder } = runPaths(run);
  const found = await readModelInfo(folder);
  if (found && isComplete(found, options) && !(await hasLostSuspects(run))) {
    await options.onStart?.();
    const model = await withFolder(folder, (read) => method.files.decode(read));
    return { method, info: found, config: config.config, model, fitSeconds: undefined };
  }
  const started = performance.now();
  const { model, kept, rated: own, resumed } = await fitModel(options);
  const { calibration, falseAlarms, smoothing, seed } = config;
  const input = inputFor(method, config.config, config.data);
  const { preparation } = training;
  const loaded = { method, model, config: config.config, info: { seed, preparation } };
  const ratesHere = options.namesSuspects && !own;
  const info = await withScorer(loaded, backend, async (plain): Promise<ModelInfo> => {
    const scorer = ratesHere ? rememberingScorer(plain) : plain; // threshold, rating and page ask for the maps of the same images
    const shared = { method: method.name, scorer, smoothing };
    const judging = await makeJudging({ ...shared, training: training.set, kept, calibration, falseAlarms }, reporter);
    if (judging.note !== undefined) reporter.note(`${options.title}: ${judging.note}`);
    const { calibration: measuredBy, threshold } = judging;
    const scoring = { ...shared, calibration: measuredBy };
    const rated = ratesHere ? await rateImages({ ...scoring, set: training.set }, `${options.title}: suspects`, reporter) : own;
    if (rated) {
      const facts = method.facts?.(model, config.config) ?? {};
      await writeSuspects({ ...options, ...scoring, rated, threshold: threshold.value, facts });
    }
    return { version: 2, method: method.name, input, preparation, config: config.config, smoothing, ...judgingInfo(judging), seed };
  });
  await saveModel(folder, method.files.encode(model, info), info);
  return { ...loaded, info, fitSeconds: resumed > 0 ? undefined : (performance.now() - started) / 1000 };
}

function isComplete(info: ModelInfo, { method, config }: FitRunOptions): boolean {
  if (info.threshold === null) return false;
  if (info.upgraded) return sameFit(method, merged(config.config, info.config), config.config); // an upgraded file lacks fields that the run's config has
  return info.method === method.name && sameFit(method, method.config.parse(info.config), config.config);
}

/** Whether the folder has the pages of suspects but not the list that is written last: it was lost, or never finished. */
async function hasLostSuspects(run: string): Promise<boolean> {
  const { suspects, suspectsCsv } = runPaths(run);
  return (await entriesOf(suspects)).length > 0 && (await readTextIfThere(suspectsCsv)) === undefined;
}

type Fitted = {
  readonly model: unknown;
  /** By row, 1 where the last selection of the fit trusted the image; undefined for a fit without selections. */
  readonly kept: Uint8Array | undefined;
  readonly rated: RatedRows | undefined;
  /** The step after which it went on; 0 for a fit that began here. */
  readonly resumed: number;
};

async function fitModel(options: FitRunOptions): Promise<Fitted> {
  const { run, reporter, title } = options;
  const { checkpoints } = runPaths(run);
  const { tiles } = options.training.preparation;
  const { events, first } = await startFit(options);
  const resumed = !first.done && first.value.kind === 'resumed' ? first.value.step : 0;
  let progress: ReturnType<Reporter['progress']> | undefined;
  let [step, steps] = [resumed, 0];
  let kept: Uint8Array | undefined;
  let rated: RatedRows | undefined;
  let hasCheckpoint = resumed > 0;
  try {
    await options.onStart?.();
    if (resumed > 0) reporter.note(`${title}: going on after step ${resumed}`);
    await rewindMetrics(run, resumed);
    let previous: FitEvent['kind'] | undefined;
    for (let next = first; ; next = await events.next()) {
      const { value: event, done } = next;
      if (done) {
        if (event !== undefined) return { model: event, resumed, ...ofFrames(options, { kept, rated }) };
        const goOn = hasCheckpoint ? `its state is in ${checkpoints}; go on with --resume` : 'without a state to go on from';
        reporter.stopIfInterrupted(`${title}: stopped after step ${step}${steps > 0 ? ` of ${steps}` : ''}, ${goOn}`);
        throw new Error(`${title}: ended after step ${step} without a model`);
      }
      switch (event.kind) {
        case 'checkpoint':
          step = event.step;
          hasCheckpoint = true;
          await saveCheckpoint(checkpoints, event.bytes);
          break;
        case 'selection': {
          ({ kept } = event);
          if (previous === 'resumed') break; // it was noted before the run was stopped
          const left = kept.filter((kept) => !kept).length;
          const text = `${title}: after step ${event.step}, ${left} of ${kept.length} ${tiles ? 'tiles' : 'images'} are left out`;
          (progress ?? reporter).note(text);
          break;
        }
        case 'progress':
          if (event.steps !== steps) {
            progress?.stop(); // the parts of a fused method each bring their own number of steps
            progress = reporter.progress({ title, total: event.steps, from: step });
          }
          ({ step, steps } = event);
          await appendMetrics(run, event);
          progress?.update(step, detailOf(event.measures));
          break;
        case 'suspects':
          rated = event;
      }
      previous = event.kind;
    }
  } finally {
    progress?.stop();
    await events.return(undefined); // frees the fit's tensors, also after an error such as a full disk
  }
}

/** The fit after its first event, from the newest checkpoint that the method accepts. */
async function startFit({ run, method, config, training, backend, reporter }: FitRunOptions) {
  const start = async (resume?: { bytes: Uint8Array; source: string }) => {
    const rng = createRng(config.seed);
    const events = method.fit(shownSet(training), config.config, { backend, rng, signal: reporter.signal, resume });
    return { events, first: await events.next() };
  };
  const resumed = await loadCheckpoint(runPaths(run).checkpoints, (bytes, source) => start({ bytes, source }), reporter.warn);
  return resumed ?? start();
}

/** Verdicts on tiles, turned into verdicts on the frames that they were cut from. */
function ofFrames(
  { training, reporter, title }: FitRunOptions,
  { kept, rated }: Pick<Fitted, 'kept' | 'rated'>,
): Pick<Fitted, 'kept' | 'rated'> {
  const { size, tiles } = training.preparation;
  if (!tiles) return { kept, rated };
  const frames = kept && keptFrames(kept, size, tiles);
  const isOfSome = frames?.includes(1) ?? true;
  if (!isOfSome) reporter.note(`${title}: of each image some tile is left out, so that the threshold is made of all images`);
  return { kept: isOfSome ? frames : undefined, rated: rated && ratedTiles(rated, size, tiles) };
}

/** The first measure that is a number: `'loss 0.0213'`. */
function detailOf(measures: Extract<FitEvent, { kind: 'progress' }>['measures']): string | undefined {
  const [name, value] = Object.entries(measures).find(([, value]) => typeof value === 'number') ?? [];
  return name === undefined ? undefined : `${name} ${(value as number).toPrecision(3)}`;
}
