/** A method as whatever runs methods sees it, with a tiny network. What `fit` shows of it is in fit.tensor.test.ts. */
import { expectMethod, fitMethod } from '@rddpm/conformance';
import { createRng, imageSet } from '@rddpm/core';
import type { FitEvent } from '@rddpm/core/contracts';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { DIFFUSION_METHODS } from '../src/index.ts';

const grey = (n: number, seed: string) => {
  const rng = createRng(seed);
  const data = Float32Array.from({ length: n * 64 }, () => rng.uniform());
  return imageSet(ndarray(data, [n, 8, 8, 1]));
};

const trial = {
  training: grey(4, 'training'),
  test: grey(2, 'test'),
  config: {
    network: { blockOutChannels: [8, 8] },
    training: { steps: 3, batchSize: 1, reportEvery: 1, checkpointEvery: 1 },
    selection: { firstChoice: 1, every: 5, timesteps: [20], draws: 1, keep: 0.5 },
    detection: { forwardSteps: 50, evaluations: 2, draws: 1 },
  },
};

const method = DIFFUSION_METHODS.find(({ name }) => name === 'rddpm-huber-concentrated')!;

test('a method that selects keeps what is promised of all, tells what it learns from and what looks defective, and goes on to the same bits', async () => {
  const { config, model, events } = await expectMethod(method, trial);
  const step = ['progress', 'checkpoint'];
  expect(events.map(({ kind }) => kind)).toEqual([...step, 'selection', ...step, ...step, 'suspects']);
  const chosen = of(events, 'selection')[0]!;
  expect([chosen.step, sum(chosen.kept)]).toEqual([1, 2]);
  const { scores, kept, cutoff, rule, places } = of(events, 'suspects')[0]!;
  expect([...kept]).toEqual([...scores].map((score) => (score > cutoff ? 0 : 1)));
  expect([sum(kept), rule]).toEqual([2, 'the 50 % that fit best are kept']);
  expect(places?.x).toHaveLength(4); // by default it looks for the worst place

  const { bytes } = of(events, 'checkpoint')[1]!;
  const resumed = await fitMethod(method, config, trial.training, { resume: { bytes, source: 'checkpoint' } });
  expect(resumed.events.slice(0, 2)).toEqual([
    { kind: 'resumed', step: 2 },
    { kind: 'selection', step: 2, kept: chosen.kept },
  ]);
  expect(resumed.model!.weights).toEqual(model.weights);
  expect(resumed.events.at(-1)).toEqual({ kind: 'suspects', scores, kept, cutoff, rule, places });
});

function of<K extends FitEvent['kind']>(events: readonly FitEvent[], kind: K) {
  return events.filter((event) => event.kind === kind) as Extract<FitEvent, { kind: K }>[];
}

const sum = (values: Uint8Array) => values.reduce((total, value) => total + value, 0);
