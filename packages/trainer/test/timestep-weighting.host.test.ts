import { expectClose } from '@rddpm/conformance';
import { createRng, PREDICTION_TYPES, type PredictionType } from '@rddpm/core';
import { linearSchedule, scheduleFromBetas, zeroTerminalSnr } from '@rddpm/scheduler';
import { expect, test } from 'vitest';
import { TIMESTEP_WEIGHTINGS } from '../src/index.ts';
import { timestepWeights } from '../src/timestep-weighting.ts';

/** How far x̂0 is off where a prediction is off by 1, from what each prediction implies. */
function errorOfX0(prediction: PredictionType, alphaCumprod: number): number {
  const [signal, noise, xt] = [Math.sqrt(alphaCumprod), Math.sqrt(1 - alphaCumprod), 0.3];
  const x0 = (predicted: number) => {
    if (prediction === 'epsilon') return (xt - noise * predicted) / signal;
    return prediction === 'sample' ? predicted : signal * xt - noise * predicted;
  };
  return x0(1) - x0(0);
}

test.each(PREDICTION_TYPES)('weighs errors of x0, up to 5 times by their signal-to-noise ratio, with a mean of 1: %s', (prediction) => {
  const rng = createRng('schedules');
  for (let run = 0; run < 20; run++) {
    const steps = 2 + rng.integer(300);
    const schedule = scheduleFromBetas(Array.from({ length: steps }, () => 1e-4 + 0.05 * rng.uniform()));
    const from = rng.integer(steps);
    const timesteps = { from, to: from + 1 + rng.integer(steps - from) };
    const range = [...schedule.alphasCumprod].slice(timesteps.from, timesteps.to);
    const x0 = range.map((alphaCumprod) => errorOfX0(prediction, alphaCumprod) ** 2);
    const minSnr = range.map((alphaCumprod, i) => x0[i]! * Math.min(alphaCumprod / (1 - alphaCumprod), 5));
    for (const [how, expected] of [
      ['x0', x0],
      ['min-snr', minSnr],
      ['none', x0.map(() => 1)],
    ] as const) {
      const mean = expected.reduce((sum, weight) => sum + weight, 0) / expected.length;
      const weights = timestepWeights(how, { schedule, prediction, timesteps });
      expectClose(
        weights.map((weight, i) => weight / (expected[i]! / mean)),
        expected.map(() => 1),
        1e-9,
      );
    }
  }
});

test('where nothing is left of the image, weights are finite, or it says what to do', () => {
  const schedule = zeroTerminalSnr(linearSchedule({ steps: 10, betaStart: 0.1, betaEnd: 0.6 }));
  const timesteps = { from: 0, to: 10 };
  for (const prediction of PREDICTION_TYPES) {
    for (const how of TIMESTEP_WEIGHTINGS) {
      if (prediction === 'epsilon' && how === 'x0') continue;
      const weights = timestepWeights(how, { schedule, prediction, timesteps });
      expect(weights.every(Number.isFinite), `${prediction} ${how}`).toBe(true);
    }
  }
  expect(() => timestepWeights('x0', { schedule, prediction: 'epsilon', timesteps })).toThrow(
    "train: weighting 'x0' of prediction 'epsilon' is Infinity at timestep 9, where nothing is left of the image; try another prediction, or timesteps that end before",
  );
  expect(() => timestepWeights('min-snr', { schedule, prediction: 'sample', timesteps: { from: 9, to: 10 } })).toThrow(
    "weighting 'min-snr' of prediction 'sample' is 0 at timestep 9",
  );
});
