/** One training run in its folder: steps, checkpoints and metrics as they come, then the model and its threshold. */
import { toTensors } from '@rddpm/core';
import { createConfiguredDetector } from '@rddpm/detector/config';
import { createLoss } from '@rddpm/losses/config';
import { createNoise, createSchedule } from '@rddpm/scheduler/config';
import { decodeState, encodeState, type TrainState, train } from '@rddpm/trainer';
import { createUNet } from '@rddpm/unet';
import { dispose } from '@tensorflow/tfjs-core';
import { loadCheckpoint, saveCheckpoint } from './checkpoints.ts';
import { scoreThreshold } from './detect-images.ts';
import { type Context, InterruptedError, note, throwIfInterrupted, warn } from './io.ts';
import { readTextIfThere } from './maybe-there.ts';
import { readModelInfo, saveModel } from './model-folder.ts';
import { pickImages } from './pick-images.ts';
import { startProgress } from './progress.ts';
import { trainingRng } from './run-config.ts';
import { appendMetrics, rewindMetrics, runPaths } from './run-folder.ts';
import { createSelection } from './selection-config.ts';
import { writeSuspects } from './suspects.ts';
import type { TrainRunOptions } from './train-run-options.ts';

/**
 * Trains from the newest checkpoint in the folder, if there is one, and leaves a complete model and, where images were selected, its suspects.
 * A run that is complete stays as it is.
 *
 * @throws {InterruptedError} after Ctrl-C, with a checkpoint written; {StepError} with the newest state in a checkpoint.
 */
export async function trainRun(options: TrainRunOptions): Promise<void> {
  const { run, config } = options;
  const { model, suspectsCsv } = runPaths(run);
  const trained = (await readModelInfo(model))?.steps === config.training.steps;
  if (!trained) await trainModel(options);
  if (config.selection && !(trained && (await readTextIfThere(suspectsCsv)))) await writeSuspects(options, config.selection);
}

async function trainModel(options: TrainRunOptions): Promise<void> {
  const { run, config, training, backend, context } = options;
  const { model } = runPaths(run);
  const { step: steps, ema, kept } = await trainSteps(options);

  const { diffusion, detection, seed, data } = config;
  const network = createUNet(config.network);
  const weights = toTensors(ema);
  try {
    throwIfInterrupted(context);
    const detector = createConfiguredDetector({ network, weights, diffusion, detection, backend, seed });
    const threshold = await scoreThreshold(detector, kept ? pickImages(training.images, rowsOf(kept)) : training.images, context);
    const { size, channels } = data;
    await saveModel(model, {
      network,
      weights: ema,
      info: { version: 1, size, channels, diffusion, detection, threshold, seed, steps },
    });
  } finally {
    dispose(weights);
  }
}

const rowsOf = (kept: Uint8Array) => [...kept.keys()].filter((row) => kept[row]);

async function trainSteps({ run, config, training, backend, context, title }: TrainRunOptions): Promise<TrainState> {
  const { checkpoints } = runPaths(run);
  const resume = await loadCheckpoint(checkpoints, decodeState, (text) => warn(context, text));
  await rewindMetrics(run, resume?.step ?? 0);
  const { steps } = config.training;
  if (resume) {
    note(context, `${title}: going on after step ${resume.step}`);
    if (resume.step >= steps) return resume;
  }
  const events = train({
    ...config.training,
    network: createUNet(config.network),
    loss: createLoss(config.loss),
    schedule: createSchedule(config.diffusion.schedule),
    prediction: config.diffusion.prediction,
    noise: createNoise(config.diffusion.noise),
    ...(config.selection && { selection: createSelection(config.selection) }),
    backend,
    images: training.images,
    rng: trainingRng(config),
    signal: context.signal,
    ...(resume ? { resume } : {}),
  });
  const progress = startProgress(context, { title, total: steps, from: resume?.step ?? 0 });
  let state = resume;
  try {
    for await (const event of events) {
      if (event.kind === 'checkpoint') {
        state = event.state;
        await saveCheckpoint(checkpoints, encodeState(state));
      } else if (event.kind === 'selection') {
        const left = event.kept.filter((kept) => !kept).length;
        progress.note(`${title}: after step ${event.step}, ${left} of ${event.kept.length} images are left out`);
      } else {
        const { kind: _, ...line } = event;
        await appendMetrics(run, line);
        progress.update(event.step, `loss ${event.loss.toPrecision(3)}`);
      }
    }
  } finally {
    progress.stop();
  }
  if (!state || state.step < steps) throw interrupted(context, `${title}: stopped after step ${state?.step ?? 0} of ${steps}`, checkpoints);
  return state;
}

function interrupted(context: Context, what: string, checkpoints: string): InterruptedError {
  const signal = context.signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT';
  return new InterruptedError(signal, `${what}, its state is in ${checkpoints}; go on with --resume`);
}
