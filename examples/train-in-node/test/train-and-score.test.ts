import { expect, test } from 'vitest';
import { trainAndScore } from '../src/train-and-score.ts';

test('the example trains, detects and scores', async () => {
  const lines: string[] = [];
  const metrics = await trainAndScore({
    size: 16,
    normals: 20,
    testPerDefect: 2,
    channels: [8, 16],
    steps: 4,
    evaluations: 2,
    log: (line) => lines.push(line),
  });
  expect(lines.at(-1)).toMatch(/^step 4 of 4: mean squared error \d\.\d{3}$/);
  expect(metrics.prevalence).toBeGreaterThan(0);
  expect(metrics.averagePrecision).toBeGreaterThan(0);
  expect(metrics.auroc).toBeGreaterThan(0);
  expect(metrics.auroc).toBeLessThan(1);
});
