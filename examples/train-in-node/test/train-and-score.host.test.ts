import { expect, test } from 'vitest';
import { trainAndScore } from '../src/train-and-score.ts';

test('the example trains two methods, detects and scores', async () => {
  const lines: string[] = [];
  const metrics = await trainAndScore(
    { size: 16, normals: 20, testPerDefect: 2 },
    { ddpm: 'mse', 'rddpm-huber': { name: 'huber', delta: 0.2 } },
    { seed: 0, network: { blockOutChannels: [8, 16] }, steps: 4, batchSize: 4, reportEvery: 2, detection: { evaluations: 2, draws: 1 } },
    (line) => lines.push(line),
  );
  expect(lines.slice(1).map((line) => line.replace(/\d\.\d{3}$/, '…'))).toEqual([
    'ddpm, step 2 of 4: mean squared error …',
    'ddpm, step 4 of 4: mean squared error …',
    'rddpm-huber, step 2 of 4: mean squared error …',
    'rddpm-huber, step 4 of 4: mean squared error …',
  ]);
  expect(Object.keys(metrics)).toEqual(['ddpm', 'rddpm-huber']);
  for (const { prevalence, averagePrecision, auroc } of Object.values(metrics)) {
    expect(prevalence).toBeGreaterThan(0);
    expect(averagePrecision).toBeGreaterThan(0);
    expect(auroc).toBeGreaterThan(0);
    expect(auroc).toBeLessThan(1);
  }
});
