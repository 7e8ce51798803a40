import { trainAndScore } from './train-and-score.ts';

const metrics = await trainAndScore(
  { size: 32, normals: 100, testPerDefect: 10 },
  { ddpm: 'mse', 'rddpm-huber': { name: 'huber', delta: 0.2 } },
  {
    seed: 0,
    network: { blockOutChannels: [8, 16, 32] },
    steps: 240,
    learningRate: 2e-3,
    reportEvery: 50,
    checkpointEvery: 100,
    detection: { evaluations: 8 },
  },
  console.log,
);
console.table(metrics);
