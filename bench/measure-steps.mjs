import { train } from '@rddpm/trainer';
import { median } from './median.mjs';
import { trainingCase } from './training-case.mjs';

const WARM_UP = 2;

/** The median duration of a training step, in milliseconds; the first steps, which compile, don't count. */
export async function measureSteps(options, steps) {
  const times = [];
  for await (const event of train({ ...options, steps: steps + WARM_UP, reportEvery: 1, checkpointEvery: 1e9 })) {
    if (event.kind === 'progress') times.push(1000 * event.secondsPerStep);
  }
  return median(times.slice(WARM_UP));
}

/** What a step of a case takes on a backend. */
export async function measureCase(backend, name, steps) {
  return { device: backend.device, stepMs: await measureSteps(trainingCase(name, backend), steps) };
}
