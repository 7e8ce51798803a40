import { BackendError, ConfigError, type Loss, type StatefulLoss } from '@rddpm/core';
import { dispose, type Scalar, scalar, type Tensor } from '@tensorflow/tfjs-core';
import { createBatches } from './batches.ts';
import { type FlatLayouts, type FlatState, initialState, layoutsOf, toFlatState, toHostState } from './flat-state.ts';
import { rateShare } from './learning-rate.ts';
import { type Progress, type StepRecord, summarize } from './progress.ts';
import { imageScorer } from './score-images.ts';
import type { SelectedImages } from './selection.ts';
import { DivergenceError, StepError } from './step-error.ts';
import { resolveOptions, type TrainOptions, type TrainSettings } from './train-options.ts';
import type { TrainState } from './train-state.ts';
import { trainingStep } from './training-step.ts';

export type TrainEvent =
  | Progress
  | { readonly kind: 'checkpoint'; readonly state: TrainState }
  /** Images were chosen anew after so many steps. */
  | ({ readonly kind: 'selection'; readonly step: number } & SelectedImages);

/**
 * Trains a network to denoise, and tells how it goes. Progress and checkpoints come at their intervals and at the end; the last
 * state is also what the generator returns. Leave the loop to stop at once: nothing stays allocated.
 *
 * Step k draws from `rng.fork('step k')`, augmentation from its fork `'augment'`, epoch e from `rng.fork('epoch e')`, weights from `rng.fork('init')`, so a run that was
 * stopped and resumed ends with the weights of one that was not, to the bit on the same backend. A run that fails at a step, or at reading
 * images, ends with a checkpoint, too, if there is a newer state than the last one, before it throws.
 *
 * @throws {ConfigError}, {ShapeError} at once for options that can't work, at the first event for a `resume` that doesn't fit the network,
 *   and at a step whose rows are not what the training set promised; what its `read` rejects with, as it is; {DivergenceError} at a step
 *   whose loss or gradient is not finite, with the state before it; {StepError} when the backend fails, with the newest state that can still
 *   be had.
 */
export function train(options: TrainOptions): AsyncGenerator<TrainEvent, TrainState> {
  return run(resolveOptions(options));
}

async function* run(resolved: TrainSettings): AsyncGenerator<TrainEvent, TrainState> {
  let unread = false; // whether reading images has failed
  const noting = (error: unknown) => {
    unread = true;
    throw error;
  };
  const settings = { ...resolved, images: { ...resolved.images, read: (rows: Int32Array) => resolved.images.read(rows).catch(noting) } };
  const { network, optimizer, rng, schedule, steps, resume, reportEvery, checkpointEvery, signal, selection } = settings;
  const loss = typeof settings.loss === 'function' ? withoutMemory(settings.loss) : settings.loss;
  const initial = await initialState(network.init(rng.fork('init')), loss.init(settings.images.count), optimizer);
  const layouts = layoutsOf(initial);
  const advance = createStep({ ...settings, loss }, layouts);
  const score = selection && imageScorer(settings, layouts.weights);
  let step = resume?.step ?? 0;
  let state = toFlatState(resume ?? initial, optimizer, layouts, resume ? 'train: resume' : 'train: init');
  let kept = selection && resume?.kept; // without a selection all images are trained on, whatever an earlier run selected
  let rows = kept && rowsOf(kept);
  let records: StepRecord[] = [];
  let saved: TrainState | undefined;
  const toState = async (): Promise<TrainState> => ({ step, ...(await toHostState(state, layouts)), kept });
  const rescue = (failedAt: number) => async (cause: unknown) => {
    if (unread || !(cause instanceof BackendError)) throw cause;
    throw stepError(failedAt, await toState().catch(() => saved ?? resume), cause);
  };
  try {
    while (step < steps && !signal?.aborted) {
      if (selection?.isDue(step, steps)) {
        const selected = selection.select(await score!(state.ema, selection).catch(rescue(step)));
        if (!selected.kept.includes(1)) throw new ConfigError(`train: selection keeps none of the images before step ${step}`);
        kept = selected.kept.slice(); // the state's own: the event is the caller's
        rows = rowsOf(kept);
        yield { kind: 'selection', step, ...selected };
        if (signal?.aborted) break;
      }
      const { state: next, record } = await advance(step, state, rows, toState).catch(rescue(step));
      dispose(state);
      state = next;
      step++;
      records.push(record);
      if (step % reportEvery === 0) {
        yield summarize(step, records, schedule.steps);
        records = [];
      }
      if (step % checkpointEvery === 0) {
        saved = await toState();
        yield { kind: 'checkpoint', state: saved };
      }
    }
    if (records.length > 0) yield summarize(step, records, schedule.steps);
    if (saved?.step === step) return saved;
    saved = await toState();
    yield { kind: 'checkpoint', state: saved };
    return saved;
  } catch (error) {
    if (error instanceof StepError && error.state && error.state !== (saved ?? resume)) yield { kind: 'checkpoint', state: error.state };
    if (unread && step > ((saved ?? resume)?.step ?? 0)) {
      const state = await toState().catch(() => undefined);
      if (state) yield { kind: 'checkpoint', state };
    }
    throw error;
  } finally {
    dispose(state);
  }
}

const withoutMemory = (loss: Loss): StatefulLoss => ({
  init: () => ({ state: {}, learned: {} }),
  apply: (prediction, target, context) => ({ loss: loss(prediction, target, context), state: {} }),
});

const rowsOf = (kept: Uint8Array) => Int32Array.from([...kept.keys()].filter((row) => kept[row]));

function stepError(step: number, state: TrainState | undefined, cause: BackendError): StepError {
  const rescued = state ? `the error's state is from after ${state.step} steps` : 'there was no checkpoint yet';
  return new StepError(`train: step ${step} failed (${cause.message}); ${rescued}`, { step, state, cause });
}

/** One step from a state to the next, on the given rows of the images. The caller disposes both. */
function createStep(settings: TrainSettings & { loss: StatefulLoss }, layouts: FlatLayouts) {
  const compiled = settings.backend.compile(trainingStep({ ...settings, layouts }));
  const draw = createBatches(settings.images, settings);

  return async (
    step: number,
    state: FlatState,
    rows: Int32Array | undefined,
    toState: () => Promise<TrainState>,
  ): Promise<{ state: FlatState; record: StepRecord }> => {
    const started = performance.now();
    const rates = ratesAt(step, settings);
    const batch = await draw(step, rows);
    const inputs = { ...batch.tensors, ...toScalars({ ...rates, step }), numbers: toScalars(settings.optimizer.numbersAt(step)) };
    const { state: next, ...measures } = await disposingAfter(inputs, () => compiled({ ...inputs, state }));
    const [loss, gradientNorm, squaredErrors] = await Promise.all([
      firstOf(measures.loss),
      firstOf(measures.gradientNorm),
      measures.squaredErrors.data<'float32'>(),
    ]);
    dispose(measures);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      dispose(next);
      const what = Number.isFinite(loss) ? `gradient's norm became ${gradientNorm}` : `loss became ${loss}`;
      const broken = [...batch.index].filter((_, i) => !Number.isFinite(squaredErrors[i]));
      const where =
        broken.length > 0
          ? `: the predictions for ${broken.length} of ${batch.index.length} samples are not finite (rows ${broken.join(', ')} of the training set)`
          : '';
      const hint = `a lower learningRate (it was ${rates.learningRate}) or other data may help`;
      throw new DivergenceError(`train: the ${what} at step ${step}${where}; ${hint}; the error's state is from before it`, {
        step,
        state: await toState(),
      });
    }
    const seconds = (performance.now() - started) / 1000;
    return { state: next, record: { loss, gradientNorm, learningRate: rates.learningRate, seconds, t: batch.t, squaredErrors } };
  };
}

/** The numbers that change with the 0-based step. */
function ratesAt(
  step: number,
  { learningRate, lossLearningRate, learningRateSchedule: schedule, warmupSteps, steps, emaDecay }: TrainSettings,
) {
  return {
    learningRate: learningRate * rateShare(step, { schedule, warmupSteps, steps }),
    lossLearningRate,
    emaDecay: Math.min(emaDecay, (1 + step) / (10 + step)),
  };
}

function toScalars<K extends string>(values: Readonly<Record<K, number>>) {
  const entries = Object.entries<number>(values).map(([name, value]) => [name, scalar(value, 'float32')]);
  return Object.fromEntries(entries) as Record<K, Scalar>;
}

async function disposingAfter<R>(tensors: Parameters<typeof dispose>[0], action: () => Promise<R>): Promise<R> {
  try {
    return await action();
  } finally {
    dispose(tensors);
  }
}

const firstOf = async (tensor: Tensor) => (await tensor.data())[0]!;
