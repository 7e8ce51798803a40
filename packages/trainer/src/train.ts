import { BackendError, type DenoisingNetwork, type HostWeights, type Rng, toHost } from '@rddpm/core';
import { dispose, scalar, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { biasCorrections } from './adamw.ts';
import { createBatches } from './batches.ts';
import { type FlatLayout, flatten, layoutOf, unflatten } from './flat-weights.ts';
import { type Progress, type StepRecord, summarize } from './progress.ts';
import { DivergenceError, StepError } from './step-error.ts';
import { resolveOptions, type TrainOptions, type TrainSettings } from './train-options.ts';
import type { TrainState } from './train-state.ts';
import { type FlatState, trainingStep } from './training-step.ts';

export type TrainEvent = Progress | { readonly kind: 'checkpoint'; readonly state: TrainState };

/**
 * Trains a network to denoise, and tells how it goes. Progress and checkpoints come at their intervals and at the end; the last
 * state is also what the generator returns. Leave the loop to stop at once: nothing stays allocated.
 *
 * Step k draws from `rng.fork('step k')`, epoch e from `rng.fork('epoch e')`, weights from `rng.fork('init')`, so a run that was
 * stopped and resumed ends with the weights of one that was not, to the bit on the same backend. A run that fails at a step ends with a
 * checkpoint, too, if there is a newer state than the last one, before it throws.
 *
 * @throws {ConfigError}, {ShapeError} at once for options that can't work, and at the first event for a `resume` that doesn't fit the
 *   network; {DivergenceError} at a step whose loss or gradient is not finite, with the state before it; {StepError} when the backend
 *   fails, with the newest state that can still be had.
 */
export function train(options: TrainOptions): AsyncGenerator<TrainEvent, TrainState> {
  return run(resolveOptions(options));
}

async function* run(settings: TrainSettings): AsyncGenerator<TrainEvent, TrainState> {
  const { network, rng, schedule, steps, resume, reportEvery, checkpointEvery, signal } = settings;
  const initial = await initialWeights(network, rng.fork('init'));
  const layout = layoutOf(initial);
  const advance = await createStep(settings, layout);
  let step = resume?.step ?? 0;
  let state = resume ? toFlatState(resume, layout) : freshState(initial, layout);
  let records: StepRecord[] = [];
  let saved: TrainState | undefined;
  try {
    while (step < steps && !signal?.aborted) {
      const { state: next, record } = await advance(step, state).catch(async (cause) => {
        if (!(cause instanceof BackendError)) throw cause;
        throw stepError(step, await toTrainState(step, state, layout).catch(() => saved ?? resume), cause);
      });
      dispose(state);
      state = next;
      step++;
      records.push(record);
      if (step % reportEvery === 0) {
        yield summarize(step, records, schedule.steps);
        records = [];
      }
      if (step % checkpointEvery === 0) {
        saved = await toTrainState(step, state, layout);
        yield { kind: 'checkpoint', state: saved };
      }
    }
    if (records.length > 0) yield summarize(step, records, schedule.steps);
    if (saved?.step === step) return saved;
    saved = await toTrainState(step, state, layout);
    yield { kind: 'checkpoint', state: saved };
    return saved;
  } catch (error) {
    if (error instanceof StepError && error.state && error.state !== (saved ?? resume)) yield { kind: 'checkpoint', state: error.state };
    throw error;
  } finally {
    dispose(state);
  }
}

function stepError(step: number, state: TrainState | undefined, cause: BackendError): StepError {
  const rescued = state ? `the error's state is from after ${state.step} steps` : 'there was no checkpoint yet';
  return new StepError(`train: step ${step} failed (${cause.message}); ${rescued}`, { step, state, cause });
}

/** One step from a state to the next. The caller disposes both. */
async function createStep(settings: TrainSettings, layout: FlatLayout) {
  const compiled = settings.backend.compile(trainingStep({ ...settings, layout }));
  const draw = await createBatches(settings.images, settings);

  return async (step: number, state: FlatState): Promise<{ state: FlatState; record: StepRecord }> => {
    const started = performance.now();
    const rates = ratesAt(step, settings);
    const batch = draw(step);
    const inputs = { ...batch.tensors, ...toScalars({ ...rates, step }) };
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
      const hint = `a lower learningRate (it was ${rates.learningRate}) or other data may help`;
      throw new DivergenceError(`train: the ${what} at step ${step}; ${hint}; the error's state is from before it`, {
        step,
        state: await toTrainState(step, state, layout),
      });
    }
    const seconds = (performance.now() - started) / 1000;
    return { state: next, record: { loss, gradientNorm, learningRate: rates.learningRate, seconds, t: batch.t, squaredErrors } };
  };
}

/** The numbers that change with the 0-based step. */
function ratesAt(step: number, { learningRate, warmupSteps, emaDecay }: TrainSettings) {
  return {
    learningRate: step < warmupSteps ? (learningRate * (step + 1)) / warmupSteps : learningRate,
    emaDecay: Math.min(emaDecay, (1 + step) / (10 + step)),
    ...biasCorrections(step),
  };
}

async function initialWeights(network: DenoisingNetwork, rng: Rng): Promise<HostWeights> {
  const weights = { ...network.init(rng) };
  return disposingAfter(weights, () => toHost(weights));
}

function freshState(initial: HostWeights, layout: FlatLayout): FlatState {
  const weights = flatten(initial, layout, 'train: network.init');
  const zeros = weights.map(({ length }) => new Float32Array(length));
  return { weights: toTensors(weights), ema: toTensors(weights), moment1: toTensors(zeros), moment2: toTensors(zeros) };
}

function toFlatState({ weights, ema, moment1, moment2 }: TrainState, layout: FlatLayout): FlatState {
  const parts = Object.entries({ weights, ema, moment1, moment2 });
  const vectors = parts.map(([part, values]) => [part, flatten(values, layout, `train: resume.${part}`)] as const); // all checked first
  return Object.fromEntries(vectors.map(([part, vectors]) => [part, toTensors(vectors)])) as FlatState;
}

async function toTrainState(step: number, state: FlatState, layout: FlatLayout): Promise<TrainState> {
  const parts = Object.entries(state).map(async ([part, tensors]) => {
    const vectors = await Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));
    return [part, unflatten(vectors, layout)] as const;
  });
  return { step, ...(Object.fromEntries(await Promise.all(parts)) as Omit<TrainState, 'step'>) };
}

const toTensors = (vectors: readonly Float32Array[]) => vectors.map((vector) => tensor1d(vector));

function toScalars<K extends string>(values: Readonly<Record<K, number>>) {
  const entries = Object.entries<number>(values).map(([name, value]) => [name, scalar(value, 'float32')]);
  return Object.fromEntries(entries) as Record<K, ReturnType<typeof scalar>>;
}

async function disposingAfter<R>(tensors: Record<string, Tensor>, action: () => Promise<R>): Promise<R> {
  try {
    return await action();
  } finally {
    dispose(tensors);
  }
}

const firstOf = async (tensor: Tensor) => (await tensor.data())[0]!;
