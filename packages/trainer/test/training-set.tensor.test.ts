import { backend, expectNoLeak } from '@rddpm/conformance';
import { type Backend, BackendError, createRng, imageSet } from '@rddpm/core';
import type { TrainingSet } from '@rddpm/core/contracts';
import { linearSchedule } from '@rddpm/scheduler';
import { createUNet } from '@rddpm/unet';
import type { Tensor } from '@tensorflow/tfjs-core';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import {
  concentratedTrimming,
  decodeState,
  encodeState,
  selectImages,
  type TrainEvent,
  type TrainOptions,
  type TrainState,
  train,
} from '../src/index.ts';
import { runToEnd } from './run-to-end.ts';
import { squaredError, toyNetwork } from './toy-network.ts';

const images = ndarray(Float32Array.from({ length: 5 * 4 * 6 * 2 }, createRng(7).uniform), [5, 4, 6, 2]);

/** The images as a set that keeps which rows it was asked for; from the read numbered `failing` on it rejects. */
function watched(asked: number[][], { failing = Number.POSITIVE_INFINITY, error = new Error('no such file') as Error } = {}): TrainingSet {
  const set = imageSet(images);
  return {
    ...set,
    async read(rows) {
      if (asked.push([...rows]) > failing) throw error;
      return set.read(rows);
    },
  };
}

const options = (changes: Partial<TrainOptions> = {}): TrainOptions => ({
  network: toyNetwork(2),
  loss: squaredError,
  schedule: linearSchedule(),
  backend,
  images,
  steps: 9,
  rng: createRng(0),
  batchSize: 2,
  learningRate: 0.05,
  ...changes,
});
const finalState = async (changes: Partial<TrainOptions>) => (await runToEnd(train(options(changes)))).state;
const selection = concentratedTrimming({ firstChoice: 3, every: 4, keep: 0.6 });

/** What a run tells until it fails, and what it fails with. */
async function untilFailure(changes: Partial<TrainOptions>): Promise<{ told: TrainEvent[]; error: unknown }> {
  const told: TrainEvent[] = [];
  try {
    for await (const event of train(options(changes))) told.push(event);
  } catch (error) {
    return { told, error };
  }
  throw new Error('the run did not fail');
}

test('a set is learnt from to the bit as the same images in memory, stopped and resumed or not', async () => {
  const whole = await finalState({ selection });
  expect(await finalState({ selection, images: watched([]) })).toEqual(whole);
  const part = await finalState({ selection, images: watched([]), steps: 5 });
  expect(await finalState({ selection, images: watched([]), resume: decodeState(encodeState(part)) })).toEqual(whole);
});

test('a step reads the rows of its batch, when it comes, and nothing else', async () => {
  const [asked, seen]: [number[][], number[][]] = [[], []];
  const readBefore: number[] = [];
  const compile: Backend['compile'] = (fn) => {
    const run = backend.compile(fn);
    return async (args) => {
      readBefore.push(asked.length);
      seen.push([...(await (args as unknown as Record<'index', Tensor>).index.data())]);
      return run(args);
    };
  };
  await finalState({ images: watched(asked), backend: { ...backend, compile }, steps: 4 });
  expect(asked).toEqual(seen);
  expect(readBefore).toEqual([1, 2, 3, 4]);
});

test('a selection reads all images once, a batch at a time', async () => {
  const asked: number[][] = [];
  await finalState({ images: watched(asked), selection, steps: 4, batchSize: 3 });
  expect(asked.splice(3, 2)).toEqual([
    [0, 1, 2],
    [3, 4],
  ]);
  expect(asked).toHaveLength(4); // one for each step
  const ema = (await finalState({ steps: 1 })).ema;
  asked.length = 0;
  await selectImages({ ...options({ images: watched(asked) }), selection, weights: ema });
  expect(asked).toEqual([[0, 1], [2, 3], [4]]);
});

test('real values go to the network as they are', async () => {
  const seen: number[][] = [];
  const compile: Backend['compile'] = (fn) => {
    const run = backend.compile(fn);
    return async (args) => {
      seen.push([...(await (args as unknown as Record<'x0', Tensor>).x0.data())]);
      return run(args);
    };
  };
  const real: TrainingSet = {
    count: 3,
    shape: [1, 2, 2],
    range: 'real',
    read: async (rows) => ({ values: ndarray(new Float32Array(rows.length * 4).fill(-7.5), [rows.length, 1, 2, 2]), range: 'real' }),
  };
  await finalState({ images: real, steps: 1, backend: { ...backend, compile } });
  expect(seen).toEqual([Array(8).fill(-7.5)]);
});

test.each([
  ['at a step', {}, 7],
  ['at a step, for a reason of the backend', { error: new BackendError('the set is on the device, too') }, 7],
  ['at a selection', { selection }, 3],
  ['in the midst of a selection', { selection }, 5],
] as const)(
  'a set that cannot be read ends the run with its error, the newest state told before, and leaves nothing: %s',
  async (_, how, failing) => {
    const { error = new Error('no such file'), ...changes } = how as { error?: Error };
    const fail = () => untilFailure({ ...changes, images: watched([], { failing, error }), checkpointEvery: 2 });
    const run = await fail();
    expect(run.error).toBe(error);
    const states = run.told.flatMap((event) => (event.kind === 'checkpoint' ? [event.state] : []));
    const reached = 'selection' in changes ? 3 : 7;
    expect(states.map(({ step }) => step)).toEqual([2, 4, 6].filter((step) => step < reached).concat(reached));
    expect(states.at(-1)).toEqual(await finalState({ ...changes, steps: reached }));
    await expectNoLeak(fail);
  },
);

test('a set that cannot be read before there is anything new tells no state', async () => {
  const kinds = async (changes: Partial<TrainOptions>, failing: number) =>
    (await untilFailure({ ...changes, images: watched([], { failing }) })).told.map(({ kind }) => kind);
  expect(await kinds({}, 0)).toEqual([]);
  expect(await kinds({ checkpointEvery: 3, reportEvery: 100 }, 3)).toEqual(['checkpoint']);
  const resume: TrainState = await finalState({ steps: 4 });
  expect(await kinds({ resume }, 0)).toEqual([]);
});

test('a row that should not be there ends the run at the step that reads it', async () => {
  const set = imageSet(images);
  const broken: TrainingSet = {
    ...set,
    async read(rows) {
      const batch = await set.read(rows);
      if (rows.includes(4)) batch.values.set(rows.indexOf(4), 3, 5, 1, 2);
      return batch;
    },
  };
  await expectNoLeak(() => expect(finalState({ images: broken })).rejects.toThrow('train: images: row 4 has a pixel of 2 at y 3, x 5'));
});

test('asked after a run, a set that cannot be read leaves nothing behind', async () => {
  const { ema } = await finalState({ steps: 1 });
  const ask = (failing: number) => selectImages({ ...options({ images: watched([], { failing }) }), selection, weights: ema });
  await ask(3);
  await expectNoLeak(() => expect(ask(1)).rejects.toThrow('no such file'));
});

test('images that are no squares train a U-Net of their size, and are judged by it', async () => {
  const wide = ndarray(
    Float32Array.from({ length: 4 * 8 * 16 }, (_, at) => (at % 16) / 15),
    [4, 8, 16, 1],
  );
  wide.set(2, 5, 12, 0, 0);
  const network = createUNet({ sampleSize: [8, 16], inChannels: 1, outChannels: 1, blockOutChannels: [4, 4], normNumGroups: 2 });
  const run = options({ network, images: wide, selection, steps: 8, reportEvery: 4 });
  const { state, events } = await runToEnd(train(run));
  const reports = events.flatMap((event) => (event.kind === 'progress' ? [event.meanSquaredError] : []));
  expect(reports[1]).toBeLessThan(reports[0]!);
  const { scores } = await selectImages({ ...run, selection, weights: state.ema });
  expect([scores[1], scores[3]]).toEqual([scores[0], scores[0]]); // the same picture
  expect(scores[2]).not.toBe(scores[0]);
});
