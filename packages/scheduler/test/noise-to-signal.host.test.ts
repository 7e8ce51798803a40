import { expectClose } from '@rddpm/conformance';
import { linearSchedule, noiseToSignal, zeroTerminalSnr } from '@rddpm/scheduler';
import { expect, test } from 'vitest';

test('is the noise over the signal, by hand', () => {
  const schedule = linearSchedule({ steps: 2, betaStart: 0.2, betaEnd: 0.375 }); // ᾱ 0.8 and 0.5
  expectClose(noiseToSignal(schedule), [0.5, 1], 1e-14);
});

test('is infinite where nothing is left of the signal', () => {
  const sigmas = noiseToSignal(zeroTerminalSnr(linearSchedule({ steps: 3 })));
  expect(sigmas[2]).toBe(Number.POSITIVE_INFINITY);
  expect(sigmas.slice(0, 2).every(Number.isFinite)).toBe(true);
});
