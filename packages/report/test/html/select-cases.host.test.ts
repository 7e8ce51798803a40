import { expect, test } from 'vitest';
import { type Case, selectCases } from '../../src/html/select-cases.ts';

const defective = (defect: string, averagePrecision: number): Case => ({ defect, normal: false, averagePrecision, rank: 0.5 });
const good = (rank: number): Case => ({ defect: 'good', normal: true, averagePrecision: null, rank });

test('takes the best from above, the worst from below, and the good ones that score highest', () => {
  const cases = [0.1, 0.9, 0.5, 0.7, 0.3].map((ap) => defective('hole', ap));
  const { best, worst, suspected } = selectCases([...cases, good(0.2), good(0.8)], 1);
  expect(best).toEqual([defective('hole', 0.9)]);
  expect(worst).toEqual([defective('hole', 0.1)]);
  expect(suspected).toEqual([good(0.8)]);
});

test('takes the middle one of each type from the rest', () => {
  const cases = [...[0.9, 0.6, 0.5, 0.4, 0.1].map((ap) => defective('hole', ap)), defective('cut', 0.55)];
  expect(selectCases(cases, 1).typical).toEqual([defective('cut', 0.55), defective('hole', 0.5)]);
});

test('shows no image twice, however few there are', () => {
  for (let images = 0; images <= 5; images++) {
    const cases = Array.from({ length: images }, (_, index) => defective('hole', index / 10));
    const { best, worst, typical } = selectCases(cases, 4);
    const shown = [...best, ...worst, ...typical];
    expect(new Set(shown).size).toBe(shown.length);
    expect(shown).toHaveLength(images);
  }
});
