/** What one would vary of the diffusion methods, as plans. */
import type { StudyPlan } from '@rddpm/core/contracts';

const DELTAS = [0.05, 0.1, 0.2, 0.5, 1];
const SHARES = [0.6, 0.7, 0.8, 0.9];
const DEPTHS = [50, 100, 200, 300, 400];

export const DIFFUSION_STUDIES: readonly StudyPlan[] = [
  {
    name: 'delta',
    description: "where Huber's loss turns linear",
    rows: [{ method: 'ddpm' }, ...DELTAS.map((delta) => ({ name: `delta-${delta}`, method: 'rddpm-huber', config: { loss: { delta } } }))],
  },
  {
    name: 'keep',
    description: 'the share that LTS keeps',
    rows: [{ method: 'ddpm' }, ...SHARES.map((keep) => ({ name: `keep-${keep}`, method: 'rddpm-lts', config: { loss: { keep } } }))],
  },
  {
    name: 'depth',
    description: 'how far images are noised',
    rows: DEPTHS.map((forwardSteps) => ({
      name: `depth-${forwardSteps}`,
      method: 'rddpm-huber',
      config: { training: { timesteps: null }, detection: { forwardSteps } },
    })),
  },
];
