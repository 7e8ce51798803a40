import { backend, expectClose, expectNoLeak } from '@rddpm/conformance';
import { type Backend, ConfigError, createRng, type ImageBatch, imageSet } from '@rddpm/core';
import type { TrainingSet } from '@rddpm/core/contracts';
import { linearSchedule } from '@rddpm/scheduler';
import type { Tensor } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import {
  concentratedTrimming,
  decodeState,
  encodeState,
  type ImageErrors,
  type Selection,
  selectImages,
  type TrainOptions,
  train,
} from '../src/index.ts';
import { peakFinder } from '../src/peaks.ts';
import { runToEnd } from './run-to-end.ts';
import { squaredError, toyNetwork } from './toy-network.ts';

const schedule = linearSchedule();

/** [n, 4, 4, 2], a grey of its own for each image. */
function greys(values: readonly number[]): ImageBatch {
  const data = Float32Array.from({ length: values.length * 32 }, (_, at) => values[Math.floor(at / 32)]!);
  return ndarray(data, [values.length, 4, 4, 2]);
}

/** Keeps the rows it is told to, and remembers what it was asked. */
function keeping(rows: (time: number) => readonly number[], asked: ImageErrors[] = []): Selection {
  return {
    isDue: (step) => step === 3 || step === 5,
    timesteps: [10, 400],
    draws: 2,
    select(errors) {
      asked.push(errors);
      const kept = Uint8Array.from(errors.errors[0]!, (_, row) => (rows(asked.length - 1).includes(row) ? 1 : 0));
      return { scores: errors.errors[0]!, kept, cutoff: 0 };
    },
  };
}

const options = (changes: Partial<TrainOptions> = {}): TrainOptions => ({
  network: toyNetwork(2),
  loss: squaredError,
  schedule,
  backend,
  images: greys([0.1, 0.3, 0.5, 0.7, 0.9]),
  steps: 9,
  rng: createRng(0),
  batchSize: 4,
  learningRate: 0.05,
  ...changes,
});

async function runAll(changes: Partial<TrainOptions> = {}) {
  const { state, events } = await runToEnd(train(options(changes)));
  return { state, events, selections: events.filter((event) => event.kind === 'selection') };
}

/** A backend that keeps which rows each training step saw. */
function watching(seen: number[][]): Backend {
  return {
    ...backend,
    compile: (fn) => {
      const run = backend.compile(fn);
      return async (args) => {
        const { index } = args as unknown as { index?: Tensor };
        if (index) seen.push([...(await index.data())]);
        return run(args);
      };
    },
  };
}

test('steps draw from the images that the last selection kept, each about as often as the others', async () => {
  const seen: number[][] = [];
  const { state, selections } = await runAll({
    selection: keeping(
      (time) =>
        [
          [1, 2, 4],
          [0, 3],
        ][time]!,
    ),
    backend: watching(seen),
  });
  expect(new Set(seen.slice(0, 3).flat())).toEqual(new Set([0, 1, 2, 3, 4]));
  expect(new Set(seen.slice(3, 5).flat())).toEqual(new Set([1, 2, 4]));
  const last = seen.slice(5).flat();
  expect([0, 3].map((row) => last.filter((other) => other === row).length)).toEqual([8, 8]);
  expect(selections.map(({ step, kept }) => [step, [...kept]])).toEqual([
    [3, [0, 1, 1, 0, 1]],
    [5, [1, 0, 0, 1, 0]],
  ]);
  expect([...state.kept!]).toEqual([1, 0, 0, 1, 0]);
});

test('before the first selection, and where there is none, nothing is different', async () => {
  const never: Selection = { ...keeping(() => []), isDue: () => false };
  expect((await runAll({ selection: never })).state).toEqual((await runAll()).state);
});

test('all images are scored with the moving average, under the same conditions', async () => {
  const asked: ImageErrors[] = [];
  const { events } = await runAll({ selection: keeping(() => [0, 1, 2], asked), checkpointEvery: 3, steps: 5 });
  const before = events.find((event) => event.kind === 'checkpoint')!;
  const { mix, bias, slope } = parametersOf(before.state.ema);
  const images = [0.1, 0.3, 0.5, 0.7, 0.9];
  expect(asked[0]!.timesteps).toEqual([10, 400]);
  asked[0]!.timesteps.forEach((t, k) => {
    const expected = images.map((grey) => {
      const errors = [0, 1].map((draw) => {
        const noise = createRng(0).fork('selection').fork(`${t}`).fork(`${draw}`).normal(new Float32Array(32));
        const [signal, spread] = [Math.sqrt(schedule.alphasCumprod[t]!), Math.sqrt(1 - schedule.alphasCumprod[t]!)];
        let total = 0;
        for (let pixel = 0; pixel < 16; pixel++) {
          const x = [0, 1].map((c) => signal * (2 * grey - 1) + spread * noise[2 * pixel + c]!);
          for (const c of [0, 1]) {
            const predicted = (x[0]! * mix[c]! + x[1]! * mix[2 + c]! + bias[c]!) * (1 + (slope * t) / 1000);
            total += (predicted - noise[2 * pixel + c]!) ** 2;
          }
        }
        return total / 32;
      });
      return (errors[0]! + errors[1]!) / 2;
    });
    expectClose(asked[0]!.errors[k]!, expected, 1e-4);
  });
});

/** [n, 6, 5, 2] of all kinds, more than are read first. */
const many = ndarray(Float32Array.from({ length: 70 * 60 }, createRng(3).uniform), [70, 6, 5, 2]);

test('peaks are those of a computation that holds all maps, whatever the batches', async () => {
  const { state } = await runAll({ steps: 2 });
  const { mix, bias, slope } = parametersOf(state.ema);
  const timesteps = [30, 200];
  const maps = new Float32Array(70 * 30);
  for (const t of timesteps) {
    const [signal, spread] = [Math.sqrt(schedule.alphasCumprod[t]!), Math.sqrt(1 - schedule.alphasCumprod[t]!)];
    const noises = [0, 1].map((draw) => createRng(0).fork('selection').fork(`${t}`).fork(`${draw}`).normal(new Float32Array(60)));
    maps.forEach((_, at) => {
      const squares = noises.flatMap((noise) => {
        const drawn = [0, 1].map((c) => noise[2 * (at % 30) + c]!);
        const x = drawn.map((value, c) => signal * (2 * many.data[2 * at + c]! - 1) + spread * value);
        return drawn.map((value, c) => ((x[0]! * mix[c]! + x[1]! * mix[2 + c]! + bias[c]!) * (1 + (slope * t) / 1000) - value) ** 2);
      });
      maps[at]! += Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / 4) / 2;
    });
  }
  const first = Array.from({ length: 64 }, (_, i) => Math.floor((i * 70) / 64));
  const normal = Float32Array.from(first.flatMap((row) => [...maps.subarray(row * 30, (row + 1) * 30)]));
  const expected = peakFinder(ndarray(normal, [64, 6, 5]))(ndarray(maps, [70, 6, 5]));
  for (const batchSize of [4, 70]) {
    const asked: ImageErrors[] = [];
    const read: number[] = [];
    const set = imageSet(many);
    const images: TrainingSet = {
      ...set,
      read(rows) {
        read.push(...rows);
        return set.read(rows);
      },
    };
    const selection: Selection = { ...keeping(() => [0], asked), timesteps, measures: 'peak' };
    await selectImages({ ...options({ images, batchSize }), selection, weights: state.ema });
    expect(read.toSorted((a, b) => a - b)).toEqual([...Array(70).keys()]);
    const { values, x, y } = asked[0]!.peaks!;
    expectClose(
      values,
      expected.map(({ value }) => value),
      1e-4,
    );
    expect(Array.from(x, (column, row) => [column, y[row]])).toEqual(expected.map(({ x, y }) => [x, y]));
  }
});

test('what a selection does not measure is not there', async () => {
  const asked: ImageErrors[] = [];
  await runAll({ selection: keeping(() => [0], asked), steps: 4 });
  expect(asked[0]!.peaks).toBeUndefined();
});

test('images that are all the same, or one alone, are all learnt from', async () => {
  const { state } = await runAll({ steps: 1 });
  for (const count of [1, 2, 3, 9]) {
    const images = greys(Array<number>(count).fill(0.4));
    const { kept } = await selectImages({ ...options({ images }), selection: concentratedTrimming(), weights: state.ema });
    expect([...kept]).toEqual(Array(count).fill(1));
  }
});

function parametersOf(weights: Readonly<Record<string, { data: Float32Array }>>) {
  const [mix, bias, slope] = ['mix.weight', 'mix.bias', 'slope'].map((name) => weights[name]!.data) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return { mix, bias, slope: slope[0]! };
}

test('a run chooses by shares of its steps', async () => {
  const { selections } = await runAll({ selection: concentratedTrimming({ keep: 0.6 }), steps: 10 });
  expect(selections.map(({ step }) => step)).toEqual([3, 5, 7, 9]);
});

test('a run that was stopped between two selections, stored and resumed ends with the same bits', async () => {
  const selection = concentratedTrimming({ firstChoice: 3, every: 4, keep: 0.6 });
  const whole = await runAll({ selection });
  for (const steps of [3, 5]) {
    const part = await runAll({ selection, steps });
    const resumed = await runAll({ selection, resume: decodeState(encodeState(part.state)) });
    expect(resumed.state, `stopped after ${steps}`).toEqual(whole.state);
  }
  expect(whole.state).not.toEqual((await runAll()).state);
});

test('an image unlike the others is found out, during a run and after it', async () => {
  const images = greys([...Array<number>(11).fill(0.5), 1]); // grey is 0 for the network, so that noise is easily read
  const selection = concentratedTrimming({ by: 'mean', firstChoice: 40, every: 20 });
  const run = { images, selection, steps: 60, batchSize: 8 };
  const { state, selections } = await runAll(run);
  expect(selections.map(({ kept }) => [...kept])).toEqual([[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]]);
  const { scores, kept } = await selectImages({ ...options(run), selection, weights: state.ema });
  expect(kept.at(-1)).toBe(0);
  expect(scores.indexOf(Math.max(...scores))).toBe(11);
});

test('asked after a run, with its options, it says what the run would have been told', async () => {
  const asked: ImageErrors[] = [];
  const selection: Selection = { ...keeping(() => [0], asked), isDue: (step) => step === 8 };
  const { state } = await runAll({ selection, steps: 8 });
  await runAll({ selection, steps: 9 });
  await selectImages({ ...options(), selection, weights: state.ema });
  expect(asked[1]).toEqual(asked[0]);
});

test('nothing is left behind', async () => {
  const selection = concentratedTrimming({ firstChoice: 1, every: 2, keep: 0.6 });
  const { state } = await runAll({ selection }); // what a backend keeps for good, it keeps now
  await expectNoLeak(() => runAll({ selection }));
  await expectNoLeak(() => selectImages({ ...options(), selection, weights: state.ema }));
});

test('a state of a run with a selection goes on with all images where there is none any more', async () => {
  const { state } = await runAll({ selection: keeping(() => [1, 2]), steps: 4 });
  const seen: number[][] = [];
  const { state: after } = await runAll({ resume: state, backend: watching(seen) });
  expect(new Set(seen.flat())).toEqual(new Set([0, 1, 2, 3, 4]));
  expect(after.kept).toBeUndefined();
});

test('an abort while images are scored ends the run before the next step', async () => {
  const controller = new AbortController();
  const run = train(options({ selection: keeping(() => [1, 2]), signal: controller.signal }));
  for await (const event of run) {
    if (event.kind === 'selection') controller.abort();
    if (event.kind === 'checkpoint') expect(event.state.step).toBe(3);
  }
});

test('refuses timesteps that the schedule lacks, a selection that keeps nothing, and a state of other images', async () => {
  train(options({ selection: concentratedTrimming({ timesteps: [0, 999] }) })); // the first and the last there are
  const late = concentratedTrimming({ timesteps: [20, 1000] });
  const message = 'selection.timesteps holds 1000; they must be whole numbers from 0 to 999';
  expect(() => train(options({ selection: late }))).toThrow(new ConfigError(`train: ${message}`));
  const { state } = await runAll({ steps: 1 });
  await expect(selectImages({ ...options(), selection: late, weights: state.ema })).rejects.toThrow(`selectImages: ${message}`);
  await expectNoLeak(() =>
    expect(runAll({ selection: keeping(() => []) })).rejects.toThrow('train: selection keeps none of the images before step 3'),
  );
  const none = { ...state, kept: new Uint8Array(5) };
  expect(() => train(options({ resume: none }))).toThrow('train: resume.kept keeps none of the images');
  const resume = { ...state, kept: Uint8Array.of(1, 0) };
  expect(() => train(options({ resume }))).toThrow('train: resume.kept is of 2 images, but there are 5');
});
