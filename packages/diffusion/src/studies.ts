/** What one would vary of the diffusion methods, as plans. */
import type { StudyPlan } from '@rddpm/core/contracts';

/** The shares of defective training images of the paper's sweep. */
export const PAPER_CONTAMINATIONS = [0, 0.1, 0.2, 0.3] as const;

/** The paper's, but for infinity and 0: those are the squared and the absolute error, rows of their own. Others are compared with the first row. */
const DELTAS = [0.6, 0.4, 0.3, 0.2, 0.1];
/** All of them is the squared error. */
const SHARES = [1, 0.9, 0.8, 0.7, 0.6];
/** How far images are noised, and how many steps the way back is told to undo: the paper's pair is the first, AnoDDPM's the last. */
const DEPTHS = [
  [100, 250],
  [50, 50],
  [100, 100],
  [200, 200],
  [250, 250],
] as const;
/** By name, what a walk back is taken with; `evaluations` of the network. */
const WALKS = {
  'ddim-12': { sampler: { name: 'ddim' }, evaluations: 12 },
  'ddim-25': { sampler: { name: 'ddim' }, evaluations: 25 },
  'dpm-solver-12': { sampler: { name: 'dpm-solver++' }, evaluations: 12 },
  'dpm-solver-25': { sampler: { name: 'dpm-solver++' }, evaluations: 25 },
  'ddpm-250': { sampler: { name: 'ddpm' }, evaluations: 250 },
} as const;

export const DIFFUSION_STUDIES: readonly StudyPlan[] = [
  {
    name: 'delta',
    description: "where Huber's loss turns linear",
    rows: [
      { name: 'delta-infinite', method: 'ddpm' },
      ...DELTAS.map((delta) => ({ name: `delta-${delta}`, method: 'rddpm-huber', config: { loss: { delta } } })),
      { name: 'delta-0', method: 'rddpm-l1' },
    ],
    contaminations: PAPER_CONTAMINATIONS,
  },
  {
    name: 'keep',
    description: 'the share that LTS keeps',
    rows: SHARES.map((keep) => ({ name: `keep-${keep}`, method: 'rddpm-lts', config: { loss: { keep } } })),
    contaminations: PAPER_CONTAMINATIONS,
  },
  {
    name: 'huber-vs-lts',
    description: 'bounding the influence of pixels, or trimming images',
    rows: ['ddpm', 'rddpm-huber', 'rddpm-lts', 'rddpm-concentrated', 'rddpm-huber-concentrated'].map((method) => ({ method })),
    contaminations: PAPER_CONTAMINATIONS,
  },
  {
    name: 'depth',
    description: 'how far images are noised, and denoised',
    rows: DEPTHS.map(([forwardSteps, reverseSteps]) => ({
      name: `depth-${forwardSteps}-${reverseSteps}`,
      method: 'rddpm-huber',
      config: { training: { timesteps: null }, detection: { reading: 'walk', forwardSteps, reverseSteps } },
    })),
  },
  {
    name: 'samplers',
    description: 'ways back from 250 steps of noise',
    rows: Object.entries(WALKS).map(([name, walk]) => ({
      name,
      method: 'rddpm-huber',
      config: { training: { timesteps: null }, detection: { reading: 'walk', forwardSteps: 250, ...walk } },
    })),
  },
  {
    name: 'paper',
    description: "by RDDPM's own recipe",
    rows: ['ddpm', 'rddpm-huber', 'rddpm-lts'].map((method) => ({ method })),
    contaminations: PAPER_CONTAMINATIONS,
    recipe: 'paper',
  },
];
