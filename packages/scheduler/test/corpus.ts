import { type CorpusCase, corpusCase, normal, values, whole } from '@rddpm/conformance/corpus';
import type { Sampler } from '@rddpm/core';
import { addNoise, ddimInversion, ddimSampler, ddpmSampler, dpmSolverSampler, linearSchedule } from '@rddpm/scheduler';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';

const schedule = linearSchedule();
const SHAPE = [3, 4, 4, 2];

const step = (name: string, sampler: Sampler, t: number, tPrev: number, tBefore?: number): CorpusCase =>
  corpusCase({
    name: `${name}: from ${t} to ${tPrev}`,
    fn: ({ xt, prediction, noise, previousX0, coefficients }) =>
      sampler.apply(
        { xt: xt as Tensor4D, prediction: prediction as Tensor4D, noise: noise as Tensor4D, previousX0: previousX0 as Tensor4D },
        coefficients as Tensor1D,
      ),
    args: {
      xt: normal(SHAPE, 1),
      prediction: normal(SHAPE, 2),
      noise: normal(SHAPE, 3),
      previousX0: normal(SHAPE, 4),
      coefficients: values([...sampler.coefficients(t, tPrev, tBefore)]),
    },
  });

const thresholding = { ratio: 0.9, maxValue: 1.5 };

export const corpus: readonly CorpusCase[] = [
  corpusCase({
    name: 'addNoise',
    fn: ({ x0, noise, t }) => addNoise(schedule, x0 as Tensor4D, noise as Tensor4D, t as Tensor1D),
    args: { x0: normal(SHAPE, 1), noise: normal(SHAPE, 2), t: whole([0, 500, 999]) },
  }),
  ...(['epsilon', 'sample', 'v_prediction'] as const).flatMap((prediction) => [
    step(`ddpmSampler of ${prediction}`, ddpmSampler(schedule, { prediction }), 250, 200),
    step(`ddimSampler of ${prediction}`, ddimSampler(schedule, { prediction, eta: 0.5 }), 250, 200),
  ]),
  step('ddpmSampler, at the end', ddpmSampler(schedule), 20, -1),
  step('ddpmSampler, unclipped', ddpmSampler(schedule, { variance: 'fixed_large', clip: false }), 400, 300),
  step('ddimSampler, thresholds', ddimSampler(schedule, { thresholding }), 600, 500),
  step('dpmSolverSampler, first order', dpmSolverSampler(schedule), 300, 200),
  step('dpmSolverSampler, second order', dpmSolverSampler(schedule), 200, 100, 300),
  step('ddimInversion', ddimInversion(schedule), 250, 200),
];
