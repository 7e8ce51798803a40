import { expect, test } from 'vitest';
import { type StepRecord, summarize } from '../src/progress.ts';

const record = (values: Partial<StepRecord>): StepRecord => ({
  loss: 1,
  gradientNorm: 1,
  learningRate: 1,
  seconds: 1,
  t: Int32Array.of(0),
  squaredErrors: [1],
  ...values,
});

test('averages loss, error and gradient over the steps, and takes the last learning rate', () => {
  const records = [
    record({ loss: 1, gradientNorm: 4, learningRate: 0.1, squaredErrors: [2] }),
    record({ loss: 2, gradientNorm: 6, learningRate: 0.2, squaredErrors: [6] }),
  ];
  expect(summarize(7, records, 1000)).toMatchObject({ step: 7, loss: 1.5, meanSquaredError: 4, gradientNorm: 5, learningRate: 0.2 });
});

test('sorts samples by quarter of t; a quarter without a sample is null', () => {
  const records = [
    record({ t: Int32Array.of(0, 249, 250), squaredErrors: [1, 3, 5] }),
    record({ t: Int32Array.of(999, 750, 499), squaredErrors: [7, 9, 11] }),
  ];
  expect(summarize(2, records, 1000).meanSquaredErrorByQuarter).toEqual([2, 8, null, 8]);
});

test('a schedule that four does not divide still has four quarters', () => {
  const records = [record({ t: Int32Array.of(0, 1, 2, 3, 4, 5), squaredErrors: [1, 2, 3, 4, 5, 6] })];
  expect(summarize(1, records, 6).meanSquaredErrorByQuarter).toEqual([1.5, 3, 4.5, 6]);
});

test("the median keeps the first step's compilation out of the seconds per step", () => {
  const seconds = (values: number[]) =>
    summarize(
      1,
      values.map((value) => record({ seconds: value })),
      1000,
    ).secondsPerStep;
  expect(seconds([60, 0.2, 0.1])).toBe(0.2);
  expect(seconds([60, 0.25, 0.5, 0.125])).toBe(0.375);
});
