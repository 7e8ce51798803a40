import { defineStudy } from '@rddpm/cli';

export default defineStudy({
  datasets: 'data/carpet',
  methods: ['ddpm', 'rddpm-huber', 'rddpm-concentrated', 'patch-gaussian'],
  contamination: [0, 0.2],
  overlap: true,
  seed: [0, 1],
  size: 32,
  threads: 2,
});
