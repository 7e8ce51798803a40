/** Before a training of minutes, a method that takes a second is fitted to the same images, so that its suspects can be looked at meanwhile. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { type ContaminationManifest, formatManifest } from '@rddpm/data';
import {
  completed,
  type FitRunOptions,
  fitRun,
  type ImageSet,
  inputFor,
  type Registry,
  type Reporter,
  type RunConfig,
  runPaths,
  suspectedPaths,
  writeFileAtomically,
  writeJson,
} from '@rddpm/study';
import { DEFAULT_CALIBRATION } from './resolve-run.ts';

/** In our trials `patch-gaussian-concentrated` found as many defective images, but suspected more good ones: twice as many of a fabric with a rare pattern. */
const METHOD = 'patch-gaussian';

/** How many suspects the note names. */
const NAMED = 5;

/** How many images the page shows: enough to see what was found, and few enough to be drawn at once. */
const SHOWN = { suspects: 20, trusted: 4 };

/** In seconds: progress is shown only of a first look that takes longer. */
const PATIENCE = 3;

export type FirstLookOptions = {
  /** The folder of the run whose training follows. */
  readonly run: string;
  /** Of that run. */
  readonly config: RunConfig;
  /** What that run's `contamination.json` says. */
  readonly uses: () => Promise<ContaminationManifest>;
  readonly training: ImageSet;
  readonly registry: Registry;
  readonly backend: FitRunOptions['backend'];
  readonly reporter: Reporter;
  /** The run's folder as the user typed it, for messages. */
  readonly shownAs: string;
};

/**
 * Fits the quick method, leaves its run in the folder `first-look/` of the other run, and notes which training images look unlike the rest.
 * If that fails, there is a warning and no first look: nothing depends on it. There is none either if the registry lacks the method.
 *
 * @throws what the reporter throws for an interruption.
 */
export async function takeFirstLook(options: FirstLookOptions): Promise<void> {
  const { registry, config, uses, training, backend, reporter, shownAs } = options;
  const method = registry.methods.find(({ name }) => name === METHOD);
  if (!method) return;
  const run = runPaths(options.run).firstLook;
  const started = performance.now();
  await fs.rm(run, { recursive: true, force: true });
  try {
    const { size, channels } = training.preparation;
    const offered = { ...config.data, size, channels };
    const open = method.config.parse(undefined);
    const own: RunConfig = {
      ...config,
      data: offered,
      method: METHOD,
      config: completed(method, open, inputFor(method, open, offered)),
      calibration: DEFAULT_CALIBRATION, // the one that was asked for may suit the other method only
    };
    const onStart = async () => {
      await writeJson(runPaths(run).config, own);
      await writeFileAtomically(runPaths(run).contamination, formatManifest(await uses()));
    };
    await fitRun({
      run,
      method,
      config: own,
      training,
      backend,
      reporter: patientReporter(reporter),
      title: 'first look',
      namesSuspects: true,
      shown: SHOWN,
      onStart,
    });
  } catch (error) {
    await fs.rm(run, { recursive: true, force: true });
    if (reporter.signal.aborted) throw error;
    reporter.warn(`there is no first look: ${error instanceof Error ? error.message : error}`);
    return;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const suspects = await suspectedPaths(run, training);
  const page = join(shownAs, 'first-look', 'suspects.html');
  reporter.note(`first look (${METHOD}, ${seconds} s): ${unlikeTheRest(suspects, training.samples.length)}; pictures: ${page}`);
}

function unlikeTheRest(suspects: readonly string[], count: number): string {
  if (suspects.length === 0) return `none of ${count} training images looks unlike the rest`;
  const more = suspects.length - NAMED;
  const names = `${suspects.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${suspects.length} of ${count} training images look unlike the rest: ${names}`;
}

/** Passes on no notes, and progress only once `PATIENCE` is over. */
function patientReporter(reporter: Reporter): Reporter {
  const started = performance.now();
  return {
    ...reporter,
    note() {},
    progress(options) {
      let shown: ReturnType<Reporter['progress']> | undefined;
      return {
        update(done, detail) {
          if (performance.now() - started > 1000 * PATIENCE) shown ??= reporter.progress({ ...options, from: done });
          shown?.update(done, detail);
        },
        note() {},
        stop: () => shown?.stop(),
      };
    },
  };
}
