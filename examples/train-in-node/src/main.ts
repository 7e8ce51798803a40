import { trainAndScore } from './train-and-score.ts';

const metrics = await trainAndScore(
  { size: 32, normals: 100, testPerDefect: 10 },
  {
    seed: 0,
    methods: [
      { name: 'ddpm', loss: { name: 'mse' } },
      { name: 'rddpm-huber', loss: { name: 'huber', delta: 0.2 } },
    ],
    widths: [8, 16, 32],
    steps: 240,
    batchSize: 8,
    learningRate: 2e-3,
    reportEvery: 50,
    checkpointEvery: 100,
    detection: {
      forwardSteps: 200,
      reverseSteps: 200,
      evaluations: 8,
      draws: 2,
      spacing: 'linspace',
      sampler: { name: 'ddim' },
      encode: 'noise',
      error: 'squared',
      channels: 'mean',
      smoothing: 2,
    },
  },
  console.log,
);
console.table(metrics);
