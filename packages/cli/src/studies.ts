/** Plans that compare the diffusion methods with others. */
import type { StudyPlan } from '@rddpm/core/contracts';
import { PAPER_CONTAMINATIONS } from '@rddpm/diffusion';

const COMPARED = ['ddpm', 'rddpm-huber', 'rddpm-lts', 'rddpm-concentrated', 'patch-gaussian', 'variation', 'rpca', 'mean-image'];

export const COMPARING_STUDIES: readonly StudyPlan[] = [
  {
    name: 'table',
    description: "the paper's table: diffusion with each loss and what needs no training, at 20 % contamination",
    rows: COMPARED.map((method) => ({ method })),
    contaminations: [0.2],
  },
  {
    name: 'contamination',
    description: "the paper's sweep: the same methods from clean training to 30 % contamination",
    rows: COMPARED.map((method) => ({ method })),
    contaminations: PAPER_CONTAMINATIONS,
  },
];
