/** Earlier and published settings by name: the fields in which they differ from today's defaults. */
import type { Recipe } from '@rddpm/core/contracts';

/** Plain training at all noise levels with a constant rate; maps from walks, as they come. */
const PLAIN = {
  network: { blockOutChannels: [32, 64, 128] },
  training: { steps: 4000, learningRate: 2e-4, warmupSteps: 0, learningRateSchedule: 'constant', timesteps: null, emaDecay: 0.999 },
};

export const RECIPES: readonly Recipe[] = [
  {
    name: 'paper',
    description: "RDDPM's: every timestep trained, a constant rate, images noised by 100 steps and denoised by 250, nothing calibrated",
    config: { ...PLAIN, detection: { reading: 'walk', forwardSteps: 100, reverseSteps: 250 } },
    calibration: 'none',
    smoothing: { sigma: 2, unit: 'side/64' },
  },
  {
    name: '2026-11',
    description: 'the defaults until November 2026: a larger network, a constant rate, walks of 200 steps',
    config: {
      ...PLAIN,
      selection: { name: 'concentrated', by: 'mean', deviations: 3, firstChoice: 300, every: 200, timesteps: [20, 50, 100] },
      detection: { reading: 'walk', forwardSteps: 200 },
    },
    calibration: 'none',
    smoothing: { sigma: 2, unit: 'side/64' },
  },
];
