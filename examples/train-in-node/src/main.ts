import { trainAndScore } from './train-and-score.ts';

const metrics = await trainAndScore({
  size: 32,
  normals: 100,
  testPerDefect: 10,
  channels: [16, 32, 64],
  steps: 600,
  evaluations: 12,
  log: console.log,
});
console.log(metrics);
