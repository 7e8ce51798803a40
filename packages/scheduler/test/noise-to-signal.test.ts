import { expectClose } from '@rddpm/conformance';
import { linearSchedule, noiseToSignal } from '@rddpm/scheduler';
import { test } from 'vitest';

test('is the noise over the signal, by hand', () => {
  const schedule = linearSchedule({ steps: 2, betaStart: 0.2, betaEnd: 0.375 }); // ᾱ 0.8 and 0.5
  expectClose(noiseToSignal(schedule), [0.5, 1], 1e-14);
});
