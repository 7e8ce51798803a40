/** One training run in its folder: steps, checkpoints and metrics as they come, then the model and its threshold. */
import { runTraining } from '@rddpm/diffusion';
import { decodeState, encodeState } from '@rddpm/trainer';
import { loadCheckpoint, saveCheckpoint } from './checkpoints.ts';
import { note, throwIfInterrupted, warn } from './io.ts';
import { readTextIfThere } from './maybe-there.ts';
import { readModelInfo, saveModel } from './model-folder.ts';
import { startProgress } from './progress.ts';
import { appendMetrics, rewindMetrics, runPaths } from './run-folder.ts';
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

async function trainModel({ run, config, training, backend, context, title }: TrainRunOptions): Promise<void> {
  const { checkpoints, model } = runPaths(run);
  const resume = await loadCheckpoint(checkpoints, decodeState, (text) => warn(context, text));
  await rewindMetrics(run, resume?.step ?? 0);
  const { steps } = config.training;
  if (resume) note(context, `${title}: going on after step ${resume.step}`);
  const { signal } = context;
  const events = runTraining({ config, seed: config.seed, backend, images: training.images, signal, resume });
  let progress = startProgress(context, { title, total: steps, from: resume?.step ?? 0 });
  let step = resume?.step ?? 0;
  try {
    while (true) {
      const { value, done } = await events.next();
      if (done) {
        if (value) return await saveModel(model, value);
        throwIfInterrupted(context, step < steps ? `${title}: stopped after step ${step} of ${steps}, ${goOn(checkpoints)}` : undefined);
        throw new Error(`${title}: ended after step ${step} of ${steps} without a model`);
      }
      switch (value.kind) {
        case 'checkpoint':
          step = value.state.step;
          await saveCheckpoint(checkpoints, encodeState(value.state));
          break;
        case 'selection': {
          const left = value.kept.filter((kept) => !kept).length;
          progress.note(`${title}: after step ${value.step}, ${left} of ${value.kept.length} images are left out`);
          break;
        }
        case 'progress': {
          const { kind: _, ...line } = value;
          await appendMetrics(run, line);
          progress.update(line.step, `loss ${line.loss.toPrecision(3)}`);
          break;
        }
        case 'threshold':
          if (value.done === 0) {
            progress.stop();
            progress = startProgress(context, { title: 'threshold', total: value.total, unit: 'images' });
          } else progress.update(value.done);
      }
    }
  } finally {
    progress.stop();
    await events.return(undefined); // a disk that is full must not leave tensors behind
  }
}

const goOn = (checkpoints: string) => `its state is in ${checkpoints}; go on with --resume`;
