import { backend, expectClose, expectNoLeak } from '@rddpm/conformance';
import {
  type Backend,
  BackendError,
  ConfigError,
  createRng,
  type DenoisingNetwork,
  type HostWeights,
  type ImageBatch,
  imageSet,
  type Loss,
  type NoiseSource,
  ShapeError,
} from '@rddpm/core';
import { AUGMENTATIONS, augmenter } from '@rddpm/core/augmentation';
import { gaussianNoise, linearSchedule, noiseToSignal, zeroTerminalSnr } from '@rddpm/scheduler';
import { abs, add, div, mean, mul, reshape, sqrt, square, sub, type Tensor, type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect, test, vi } from 'vitest';
import {
  DivergenceError,
  decodeState,
  encodeState,
  type ImageErrors,
  type Optimizer,
  type Progress,
  type Selection,
  StepError,
  type TrainOptions,
  type TrainState,
  train,
} from '../src/index.ts';
import { runToEnd } from './run-to-end.ts';
import { squaredError, toyNetwork } from './toy-network.ts';

/** [n, 4, 4, 2]; image i is (i + 1) / (n + 1) all over, a little more in its second channel. */
function flatImages(n: number): ImageBatch {
  const images = ndarray(new Float32Array(n * 32), [n, 4, 4, 2]);
  images.data.forEach((_, at) => {
    images.data[at] = (Math.floor(at / 32) + 1 + 0.1 * (at % 2)) / (n + 2);
  });
  return images;
}

/** [5, 4, 4, 2], no two pixels alike. */
const unevenImages = () => ndarray(Float32Array.from({ length: 5 * 32 }, createRng(7).uniform), [5, 4, 4, 2]);

const schedule = linearSchedule();
const options = (changes: Partial<TrainOptions> = {}): TrainOptions => ({
  network: toyNetwork(2),
  loss: squaredError,
  schedule,
  backend,
  images: flatImages(5),
  steps: 10,
  rng: createRng(0),
  batchSize: 4,
  learningRate: 0.05,
  ...changes,
});

async function runAll(changes: Partial<TrainOptions> = {}) {
  const { state, events } = await runToEnd(train(options(changes)));
  return { state, events, progress: events.filter((event) => event.kind === 'progress') };
}

function alternating(...values: number[]): () => number {
  let calls = 0;
  return () => values[calls++ % values.length]!;
}

/** A backend that keeps what each call of the compiled step was given. */
type SeenStep = Record<string, number[]>;
function spying(seen: SeenStep[]): Backend {
  return {
    ...backend,
    compile: (fn) => {
      const run = backend.compile(fn);
      return async (args) => {
        const { state, weights, numbers, ...tensors } = args as unknown as Record<string, Tensor>;
        const entries = Object.entries(tensors).map(
          async ([name, tensor]): Promise<[string, number[]]> => [name, [...(await tensor.data())]],
        );
        seen.push(Object.fromEntries(await Promise.all(entries)));
        return run(args);
      };
    },
  };
}

test('learns to tell noise from a grey image', async () => {
  const images = ndarray(new Float32Array(32).fill(0.5), [1, 4, 4, 2]);
  const noisy = linearSchedule({ betaStart: 0.02, betaEnd: 0.02 }); // of grey, almost all of x_t is noise: the identity predicts it well
  const { progress } = await runAll({ images, schedule: noisy, steps: 100, batchSize: 16, reportEvery: 20, learningRate: 0.1 });
  const errors = progress.map((event) => event.meanSquaredError);
  expect(errors[0]).toBeGreaterThan(3 * errors.at(-1)!);
  expect(errors.at(-1)).toBeLessThan(0.1);
});

test('one step is gradient, clipping, AdamW and average as worked on the host', async () => {
  // prediction = w · xt with one parameter: dL/dw = 2 · mean((w · xt - ε) · xt)
  const start = 0.5;
  const network: DenoisingNetwork = { init: () => ({ w: tensor1d([start]) }), predict: (weights, x) => mul(weights.w as Tensor1D, x) };
  const seen: SeenStep[] = [];
  const { state, progress } = await runAll({ network, steps: 1, maxGradientNorm: 0.5, weightDecay: 0.1, backend: spying(seen) });

  const { x0, noise, t } = seen[0] as Record<'x0' | 'noise' | 't', number[]>;
  const alphaCumprodOf = (i: number) => schedule.alphasCumprod[t[Math.floor(i / 32)]!]!;
  const xt = x0.map((value, i) => Math.sqrt(alphaCumprodOf(i)) * value + Math.sqrt(1 - alphaCumprodOf(i)) * noise[i]!);
  const residuals = xt.map((value, i) => start * value - noise[i]!);
  const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const loss = average(residuals.map((residual) => residual ** 2));
  const gradient = average(residuals.map((residual, i) => 2 * residual * xt[i]!));
  expect(Math.abs(gradient)).toBeGreaterThan(0.5);
  const clipped = (gradient * 0.5) / (Math.abs(gradient) + 1e-6);
  const moved = start * (1 - 0.05 * 0.1) - 0.05 * Math.sign(clipped); // both moments are corrected to g and g²

  expectClose([progress[0]!.loss, progress[0]!.gradientNorm], [loss, Math.abs(gradient)], 1e-5);
  expectClose(state.weights.w!.data, [moved], 1e-5);
  expectClose(state.moments.moment1!.w!.data, [0.1 * clipped], 1e-6);
  expectClose(state.moments.moment2!.w!.data, [0.001 * clipped ** 2], 1e-8);
  expectClose(state.ema.w!.data, [0.1 * start + 0.9 * moved], 1e-5);
});

/** Gradient descent with momentum: v ← 0.9 v + g, w ← w - rate · v, of a rate that halves at each step. */
const momentum: Optimizer = {
  moments: ['velocity'],
  numbersAt: (step) => ({ half: 0.5 ** step }),
  update({ weights, moments }, gradients, { learningRate, gradientScale, numbers }) {
    const velocity = gradients.map((g, k) => add<Tensor1D>(mul(moments.velocity![k]!, 0.9), mul(g, gradientScale)));
    const rate = mul(learningRate, numbers.half!);
    return { weights: weights.map((w, k) => sub<Tensor1D>(w, mul(velocity[k]!, rate))), moments: { velocity } };
  },
};

test('another optimizer moves the weights by its own rule, its numbers and what it remembers', async () => {
  const after = (steps: number) => runAll({ steps, optimizer: momentum });
  const [first, second] = [await after(1), await after(2)];
  const velocity = second.state.moments.velocity!;
  for (const [name, { data }] of Object.entries(second.state.weights)) {
    const before = first.state.weights[name]!.data;
    expectClose(
      data,
      before.map((w, i) => w - 0.05 * 0.5 * velocity[name]!.data[i]!),
      1e-6,
    );
  }
  const other = runAll({ steps: 3, resume: second.state });
  await expect(other).rejects.toThrow(new ConfigError("train: resume.moments are velocity; this optimizer's are moment1, moment2"));
});

test.each<[string, Partial<TrainOptions>]>([
  ['plain', { steps: 9 }],
  ['with another optimizer', { steps: 4, optimizer: momentum }],
  [
    'weighted and augmented',
    { steps: 4, images: unevenImages(), weighting: 'min-snr', augment: ['flip', 'flip-vertical', 'quarter-turns'] },
  ],
])('a run that was stopped, stored and resumed ends with the same bits: %s', async (_, run) => {
  const whole = await runAll(run);
  const half = await runAll({ ...run, steps: Math.floor(run.steps! / 2) });
  const resumed = await runAll({ ...run, resume: decodeState(encodeState(half.state)) });
  expect(resumed.state).toEqual(whole.state);
  expect(resumed.state).not.toEqual(half.state);
});

test('the squared error is weighed by timestep, and told as it is', async () => {
  // prediction = w · xt, of the velocity v, with one parameter: dL/dw = 2 · mean(weight · (w · xt - v) · xt)
  const network: DenoisingNetwork = { init: () => ({ w: tensor1d([0.5]) }), predict: (weights, x) => mul(weights.w as Tensor1D, x) };
  const [plain, seen]: [SeenStep[], SeenStep[]] = [[], []];
  const run = { network, steps: 1, prediction: 'v_prediction', timesteps: { from: 10, to: 60 } } as const;
  const unweighted = await runAll({ ...run, backend: spying(plain) });
  const { progress } = await runAll({ ...run, weighting: 'x0', backend: spying(seen) });

  const { errorScale, ...same } = seen[0]!;
  expect(plain[0]).toEqual(same); // nothing to multiply by, nothing multiplied
  const { x0, noise, t } = same as Record<'x0' | 'noise' | 't', number[]>;
  const variances = [...schedule.alphasCumprod].slice(10, 60).map((alphaCumprod) => 1 - alphaCumprod);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const samples = x0.map((value, i) => {
    const variance = variances[t[Math.floor(i / 32)]! - 10]!;
    const [signal, deviation] = [Math.sqrt(1 - variance), Math.sqrt(variance)];
    const xt = signal * value + deviation * noise[i]!;
    return { xt, residual: 0.5 * xt - (signal * noise[i]! - deviation * value), weight: variance / mean(variances) };
  });
  const loss = mean(samples.map(({ weight, residual }) => weight * residual ** 2));
  const gradient = mean(samples.map(({ weight, residual, xt }) => 2 * weight * residual * xt));
  expectClose([progress[0]!.loss, progress[0]!.gradientNorm], [loss, Math.abs(gradient)], 1e-5);
  expect(progress[0]!.meanSquaredError).toBe(unweighted.progress[0]!.meanSquaredError);
  expect(Math.abs(loss - unweighted.progress[0]!.loss)).toBeGreaterThan(0.01);
  expect(errorScale).toHaveLength(4);
});

test('augmentation shows the images of a batch in other ways, and changes nothing else that is drawn', async () => {
  const [plain, seen]: [SeenStep[], SeenStep[]] = [[], []];
  const scored: ImageErrors[] = [];
  const select = (found: ImageErrors) => {
    scored.push(found);
    return { scores: new Float64Array(5), kept: new Uint8Array(5).fill(1), cutoff: 0 };
  };
  const selection: Selection = { timesteps: [20], draws: 1, isDue: (step) => step === 0, select };
  const run = { images: unevenImages(), steps: 3, selection };
  await runAll({ ...run, backend: spying(plain) });
  await runAll({ ...run, augment: AUGMENTATIONS, backend: spying(seen) });
  const show = augmenter(AUGMENTATIONS, [4, 4, 2], { black: -1, white: 1 });
  const steps = (calls: SeenStep[]) => calls.filter(({ step }) => step); // the others score
  const expected = steps(plain).map((step, k) => {
    return { ...step, x0: [...show(Float32Array.from(step.x0!), createRng(0).fork(`step ${k}`).fork('augment')).images] };
  });
  expect(steps(seen)).toEqual(expected);
  expect(steps(seen)).not.toEqual(steps(plain));
  expect(scored[1]).toEqual(scored[0]); // as they are
});

test('steps draw as documented: images from shuffled epochs laid end to end, timesteps and noise from the step', async () => {
  const seen: SeenStep[] = [];
  const images = flatImages(5);
  await runAll({ images, steps: 5, backend: spying(seen) });
  const rows = seen.flatMap((step) => step.index!);
  for (let epoch = 0; epoch < 4; epoch++) {
    expect(rows.slice(5 * epoch, 5 * (epoch + 1)).sort(), `epoch ${epoch}`).toEqual([0, 1, 2, 3, 4]);
  }
  expect(rows.slice(0, 5)).not.toEqual(rows.slice(5, 10));
  seen.forEach(({ t, noise, x0, index, step, sigma }, k) => {
    const source = createRng(0).fork(`step ${k}`);
    const timesteps = source.fork('t');
    expect(t).toEqual(Array.from({ length: 4 }, () => timesteps.integer(1000)));
    expect(noise).toEqual([...source.fork('noise').normal(new Float32Array(4 * 32))]);
    expect(step).toEqual([k]);
    expectClose(
      sigma!,
      t!.map((t) => noiseToSignal(schedule)[t]!),
      1e-6,
    );
    index!.forEach((row, i) => {
      expectClose(x0!.slice(32 * i, 32 * i + 2), [2 * images.get(row, 0, 0, 0) - 1, 2 * images.get(row, 0, 0, 1) - 1], 1e-6);
    });
  });
});

test('noise of another source comes image by image, from the generator of the step and for the timestep of the image', async () => {
  const asked: unknown[] = [];
  const seen: SeenStep[] = [];
  const noise: NoiseSource = (into, shape, rng, t) => {
    asked.push([into.length, shape, t]);
    return into.fill(rng.uniform());
  };
  await runAll({ noise, steps: 2, backend: spying(seen) });
  const shape = { height: 4, width: 4, channels: 2 };
  expect(asked).toEqual(seen.flatMap(({ t }) => t!.map((timestep) => [32, shape, timestep])));
  seen.forEach(({ noise }, k) => {
    const rng = createRng(0).fork(`step ${k}`).fork('noise');
    const expected = Array.from({ length: 4 }, () => Array(32).fill(Math.fround(rng.uniform()))).flat();
    expect(noise).toEqual(expected);
  });
});

test('Gaussian noise that is asked for is the noise that comes anyway', async () => {
  const [asked, anyway] = [await runAll({ noise: gaussianNoise() }), await runAll()];
  expect(asked.state).toEqual(anyway.state);
});

test.each([
  ['epsilon', ({ noise }: SeenStep) => noise!],
  ['sample', ({ x0 }: SeenStep) => x0!],
  [
    'v_prediction',
    ({ x0, noise, t }: SeenStep) =>
      x0!.map((value, i) => {
        const alphaCumprod = schedule.alphasCumprod[t![Math.floor(i / 32)]!]!;
        return Math.sqrt(alphaCumprod) * noise![i]! - Math.sqrt(1 - alphaCumprod) * value;
      }),
  ],
] as const)('the loss compares with the truth of what is predicted: %s', async (prediction, truthOf) => {
  const seen: SeenStep[] = [];
  const network: DenoisingNetwork = { init: () => ({ w: tensor1d([1]) }), predict: (weights, x) => mul(mul(weights.w as Tensor1D, x), 0) };
  const { progress } = await runAll({ prediction, network, steps: 1, backend: spying(seen) });
  const truth = truthOf(seen[0]!);
  const square = truth.reduce((sum, value) => sum + value ** 2, 0) / truth.length;
  expectClose([progress[0]!.loss, progress[0]!.meanSquaredError], [square, square], 1e-5);
  // not its square alone: the mean of the truth itself
  const mean1: Loss = (predicted, target) => mean(sub(target, predicted));
  const { progress: signed } = await runAll({ prediction, network, steps: 1, loss: mean1 });
  expectClose(signed[0]!.loss, truth.reduce((sum, value) => sum + value, 0) / truth.length, 1e-5);
});

test('learns velocities where the schedule has zero terminal SNR', async () => {
  const images = ndarray(new Float32Array(32).fill(0.5), [1, 4, 4, 2]);
  const silent = zeroTerminalSnr(linearSchedule({ steps: 10, betaStart: 0.6, betaEnd: 0.6 })); // every tenth t is pure noise, of which sigma is infinite
  const { progress } = await runAll({
    images,
    schedule: silent,
    prediction: 'v_prediction',
    steps: 100,
    reportEvery: 20,
    learningRate: 0.1,
  });
  const errors = progress.map((event) => event.meanSquaredError);
  expect(errors.every(Number.isFinite)).toBe(true);
  expect(errors[0]).toBeGreaterThan(2 * errors.at(-1)!);
});

test('runs that differ in their loss are paired: same weights to begin with, same batches, timesteps and noise', async () => {
  const [squared, absolute]: [SeenStep[], SeenStep[]] = [[], []];
  const absoluteError: Loss = (prediction, target) => mean(abs(sub(prediction, target)));
  const first = await runAll({ backend: spying(squared) });
  const second = await runAll({ backend: spying(absolute), loss: absoluteError });
  expect(squared).toEqual(absolute);
  expect(first.state.weights).not.toEqual(second.state.weights);
});

test('a batch larger than the training set holds images twice', async () => {
  const seen: SeenStep[] = [];
  await runAll({ images: flatImages(3), batchSize: 8, steps: 1, backend: spying(seen) });
  const rows = seen[0]!.index!;
  expect(rows.slice(0, 3).sort()).toEqual([0, 1, 2]);
  expect(rows.slice(3, 6).sort()).toEqual([0, 1, 2]);
});

test('the average follows the weights with decay min(ceiling, (1 + k) / (10 + k))', async () => {
  const { events } = await runAll({ steps: 4, checkpointEvery: 1, emaDecay: 0.15 });
  const states = events.flatMap((event) => (event.kind === 'checkpoint' ? [event.state] : []));
  const values = (weights: HostWeights) => [...weights['mix.weight']!.data];
  const decays = [1 / 10, 0.15, 0.15, 0.15]; // 2/11 is above the ceiling
  for (let k = 1; k < 4; k++) {
    const [before, after] = [states[k - 1]!, states[k]!];
    const expected = values(before.ema).map((ema, i) => decays[k]! * ema + (1 - decays[k]!) * values(after.weights)[i]!);
    expectClose(values(after.ema), expected, 1e-6);
  }
  expect(values(states[3]!.ema)).not.toEqual(values(states[3]!.weights));
});

test('the learning rate warms up linearly', async () => {
  const { progress } = await runAll({ steps: 4, reportEvery: 1, learningRate: 0.2, warmupSteps: 3 });
  expectClose(
    progress.map((event) => event.learningRate),
    [0.2 / 3, 0.4 / 3, 0.2, 0.2],
    1e-12,
  );
});

test('after its warm-up the learning rate falls as it is told to', async () => {
  const { progress } = await runAll({ steps: 4, reportEvery: 1, learningRate: 0.2, warmupSteps: 1, learningRateSchedule: 'linear' });
  expectClose(
    progress.map((event) => event.learningRate),
    [0.2, 0.2, 0.4 / 3, 0.2 / 3],
    1e-12,
  );
});

test('only timesteps of the range are trained', async () => {
  const seen = new Set<number>();
  const noise: NoiseSource = (into, _, __, t) => {
    seen.add(t);
    return into;
  };
  await runAll({ steps: 20, timesteps: { from: 3, to: 6 }, noise });
  expect([...seen].sort()).toEqual([3, 4, 5]);
});

test.each([
  [{ from: 0, to: 1001 }, 'train: timesteps are from 0 to 1001; they must be whole numbers, from 0 to 1000 at most, and not empty'],
  [{ from: 5, to: 5 }, 'train: timesteps are from 5 to 5; '],
  [{ from: -1, to: 5 }, 'train: timesteps are from -1 to 5; '],
])('refuses the timesteps %j at once', (timesteps, message) => {
  expect(() => train(options({ timesteps }))).toThrow(message);
});

test('refuses a rate that falls when the warm-up ends with the run', () => {
  const falling = { steps: 3, warmupSteps: 3, learningRateSchedule: 'cosine' } as const;
  expect(() => train(options(falling))).toThrow(
    "train: warmupSteps is 3, but there are 3 steps; nothing is left for learningRateSchedule 'cosine'",
  );
});

test('reports and checkpoints come at their intervals and at the end, each step told once', async () => {
  const { events, state } = await runAll({ steps: 7, reportEvery: 3, checkpointEvery: 2 });
  const told = events.map((event) => [event.kind, event.kind === 'checkpoint' ? event.state.step : event.step]);
  expect(told).toEqual([
    ['checkpoint', 2],
    ['progress', 3],
    ['checkpoint', 4],
    ['progress', 6],
    ['checkpoint', 6],
    ['progress', 7],
    ['checkpoint', 7],
  ]);
  expect(events.at(-1)).toEqual({ kind: 'checkpoint', state });
});

test('a report is the mean of the steps since the last', async () => {
  const single = (await runAll({ steps: 4, reportEvery: 1 })).progress;
  const double = (await runAll({ steps: 4, reportEvery: 2 })).progress;
  const pairs = (pick: (event: Progress) => number) => [0, 2].map((i) => (pick(single[i]!) + pick(single[i + 1]!)) / 2);
  expectClose(
    double.map((event) => event.loss),
    pairs((event) => event.loss),
    1e-6,
  );
  expectClose(
    double.map((event) => event.meanSquaredError),
    pairs((event) => event.meanSquaredError),
    1e-6,
  );
  expect(double.every((event) => event.secondsPerStep > 0)).toBe(true);
});

test('a loss sees noise-to-signal ratios, rows and the step', async () => {
  const seen: SeenStep[] = [];
  const loss: Loss = (prediction, target, { sigma, index, step, t }) =>
    add(mul(0, squaredError(prediction, target, { sigma, index, step, t })), add(mean(sigma), add(mean(index), step)));
  const { progress } = await runAll({ steps: 2, reportEvery: 1, loss, backend: spying(seen) });
  const mean4 = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / 4;
  expectClose(
    progress.map((event) => event.loss),
    seen.map(({ sigma, index }, k) => mean4(sigma!) + mean4(index!) + k),
    1e-5,
  );
});

test('nothing is left behind by a run, by leaving it early, or by a backend that fails', async () => {
  await runAll({ steps: 1 }); // what a backend keeps for good, it keeps now
  await expectNoLeak(() => runAll({ steps: 20, reportEvery: 5, checkpointEvery: 7 }));
  await expectNoLeak(async () => {
    for await (const event of train(options({ reportEvery: 1 }))) if (event.kind === 'progress' && event.step === 3) break;
  });
  await expectNoLeak(async () => {
    const compile: Backend['compile'] = (fn) => {
      const run = backend.compile(fn);
      let calls = 0;
      return (args) => (calls++ < 2 ? run(args) : Promise.reject(new BackendError('device lost')));
    };
    await expect(runAll({ backend: { ...backend, compile } })).rejects.toThrow('device lost');
  });
});

test('a loss that becomes NaN stops the run, names the step and keeps the state before it', async () => {
  // 0 / 0 at step 3
  const loss: Loss = (prediction, target, context) =>
    mul(squaredError(prediction, target, context), div(sub(context.step, 3), sub(context.step, 3)));
  const good = await runAll({ steps: 3 });
  let error: unknown;
  await expectNoLeak(async () => {
    error = await runAll({ loss }).catch((reason) => reason);
  });
  expect(error).toBeInstanceOf(DivergenceError);
  const { message, step, state, name } = error as DivergenceError;
  expect(name).toBe('DivergenceError');
  expect(message).toMatch(/loss became NaN at step 3.*learningRate/);
  expect(step).toBe(3);
  expect(state).toEqual(good.state);
});

test('predictions that are not finite are counted, and the images named', async () => {
  const seen: SeenStep[] = [];
  const network: DenoisingNetwork = {
    init: () => ({ w: tensor1d([1]) }),
    predict: (weights, x, t) => mul(mul(weights.w as Tensor1D, x), reshape(div(sub(t, 400), sub(t, 400)), [-1, 1, 1, 1])), // 0 / 0 at t = 400
  };
  const always400 = {
    ...createRng(0),
    fork: (label: string) => (label === 't' ? { ...createRng(0), integer: alternating(400, 3) } : always400),
  };
  const error = await runAll({ network, rng: always400, steps: 1, backend: spying(seen) }).catch((reason) => reason);
  const [row1, , row3] = seen[0]!.index!;
  expect(error).toBeInstanceOf(DivergenceError);
  expect(error.message).toContain(`the predictions for 2 of 4 samples are not finite (rows ${row1}, ${row3} of the training set)`);
});

test('a gradient that is NaN stops the run although the loss is finite', async () => {
  // the root's slope at 0 is infinite
  const loss: Loss = (prediction, target) => mean(sqrt(mul(0, square(sub(prediction, target)))));
  const error = await runAll({ loss }).catch((reason) => reason);
  expect(error).toBeInstanceOf(DivergenceError);
  expect(error.message).toMatch(/gradient's norm became NaN at step 0/);
});

test('a backend that fails ends the run with the state from before the step', async () => {
  const good = await runAll({ steps: 3 });
  let error: unknown;
  await expectNoLeak(async () => {
    error = await runAll({ backend: failingAt(3) }).catch((reason) => reason);
  });
  expect(error).toBeInstanceOf(StepError);
  const { message, step, state, cause } = error as StepError;
  expect(message).toBe("train: step 3 failed (no memory); the error's state is from after 3 steps");
  expect(step).toBe(3);
  expect(state).toEqual(good.state);
  expect(cause).toBeInstanceOf(BackendError);
});

test('a run that fails tells its newest state as a checkpoint first, unless that was told already', async () => {
  const steps = async (checkpointEvery: number) => {
    const told: number[] = [];
    const events = train(options({ checkpointEvery, backend: failingAt(3) }));
    const all = async () => {
      for await (const event of events) if (event.kind === 'checkpoint') told.push(event.state.step);
    };
    await expect(all()).rejects.toThrow(StepError);
    return told;
  };
  expect(await steps(2)).toEqual([2, 3]);
  expect(await steps(100)).toEqual([3]);
});

test('where nothing can be read any more, the last checkpoint is the state; before the first there is none', async () => {
  const lost = (checkpointEvery: number) => runAll({ checkpointEvery, backend: failingAt(3, { lost: true }) }).catch((reason) => reason);
  const { message, state } = await lost(2);
  expect(message).toMatch(/after 2 steps$/);
  expect(state).toEqual((await runAll({ steps: 2 })).state);
  const early = await lost(100);
  expect(early.message).toMatch(/there was no checkpoint yet$/);
  expect(early.state).toBeUndefined();
});

/** The backend under test, but for step k, which it can't do; lost, it has nothing to read either. */
function failingAt(k: number, { lost = false } = {}): Backend {
  return {
    ...backend,
    compile: ((fn: never) => {
      const compiled = backend.compile(fn);
      let calls = 0;
      return async (args: { state: { weights: Tensor[] } }) => {
        if (calls++ < k) return compiled(args as never);
        for (const vector of lost ? args.state.weights : []) {
          vi.spyOn(vector, 'data').mockRejectedValue(new BackendError('gone'));
        }
        throw new BackendError('no memory');
      };
    }) as Backend['compile'],
  };
}

test('an abort ends the run after the current step, with its state', async () => {
  const controller = new AbortController();
  const states: TrainState[] = [];
  for await (const event of train(options({ steps: 100, reportEvery: 2, signal: controller.signal }))) {
    if (event.kind === 'progress') controller.abort();
    else if (event.kind === 'checkpoint') states.push(event.state);
  }
  expect(states.map((state) => state.step)).toEqual([2]);
  const resumed = await runAll({ steps: 5, resume: states[0]! });
  expect(resumed.state).toEqual((await runAll({ steps: 5 })).state);
});

test('resuming a run that is done changes nothing', async () => {
  const { state } = await runAll({ steps: 3 });
  const again = await runAll({ steps: 3, resume: state });
  expect(again.state).toEqual(state);
  expect(again.progress).toEqual([]);
});

test.each([
  ['steps', 0],
  ['steps', 2.5],
  ['batchSize', 0],
  ['learningRate', 0],
  ['learningRate', Number.NaN],
  ['warmupSteps', -1],
  ['weightDecay', -0.1],
  ['maxGradientNorm', 0],
  ['emaDecay', 1],
  ['reportEvery', 0],
  ['checkpointEvery', 0.5],
])('refuses %s = %s at once', (name, value) => {
  expect(() => train(options({ [name]: value }))).toThrow(ConfigError);
  expect(() => train(options({ [name]: value }))).toThrow(`train: ${name} is ${value}`);
});

test('refuses an augmentation that the images are not for, and a weighting that there is not, at once', () => {
  const images = ndarray(new Float32Array(48), [1, 4, 6, 2]);
  expect(() => train(options({ images, augment: ['quarter-turns'] }))).toThrow('train: augment holds quarter-turns, but images are 6x4');
  const real = { ...imageSet(images), range: 'real' } as const;
  expect(() => train(options({ images: real, augment: ['brightness'] }))).toThrow(
    "train: augment holds brightness, but values are of range 'real'",
  );
  expect(() => train(options({ weighting: 'snr' as never }))).toThrow("train: weighting is 'snr'; it must be one of none, min-snr, x0");
});

test('an undefined option is its default', async () => {
  const { state } = await runAll({ steps: 2, weightDecay: undefined, resume: undefined });
  expect(state).toEqual((await runAll({ steps: 2 })).state);
});

test('refuses images of another rank, none, and names the one with a pixel outside [0, 1]', () => {
  expect(() => train(options({ images: ndarray(new Float32Array(4), [2, 2]) }))).toThrow(ShapeError);
  expect(() => train(options({ images: ndarray(new Float32Array(0), [0, 4, 4, 1]) }))).toThrow(ShapeError);
  for (const pixel of [Number.NaN, 1.5, -0.1]) {
    const images = flatImages(4);
    images.set(2, 3, 1, 0, pixel);
    expect(() => train(options({ images }))).toThrow(ConfigError);
    expect(() => train(options({ images }))).toThrow(/image 2 has a pixel of .* at row 3, column 1/);
  }
});

test('refuses a state of another network, and names the parameter', async () => {
  const { state } = await runAll({ steps: 1, network: toyNetwork(2) });
  const images = ndarray(new Float32Array(48), [1, 4, 4, 3]);
  const run = train(options({ network: toyNetwork(3), images, resume: state }));
  await expectNoLeak(() => expect(run.next()).rejects.toThrow("train: resume.weights: 'mix.weight' is [2,2]; the network's is [3,3]"));
  expect(() => train(options({ steps: 3, resume: { ...state, step: 4 } }))).toThrow('train: resume is at step 4');
});

test('refuses a network whose prediction has another shape, and a loss that is not a scalar', async () => {
  const network: DenoisingNetwork = { ...toyNetwork(2), predict: (weights) => weights['mix.weight'] as never };
  await expect(runAll({ network })).rejects.toThrow(ShapeError);
  const loss = ((prediction: Tensor) => mean(prediction, 0)) as Loss;
  await expect(runAll({ loss })).rejects.toThrow('train: loss returned [4,4,2]; it must return a scalar');
});
