import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import type { LossDocs } from '../loss-docs.ts';
import { pseudoHuber } from './loss.ts';

const delta = EFFICIENCY_95.pseudoHuber;

export const docs: LossDocs = {
  rows: [
    {
      functions: ['pseudoHuberLoss', 'pseudoHuber'],
      penalty: "`δ²(√(1 + (r/δ)²) − 1)`; twice that in diffusers' form",
      pull: 'tends to δ',
      defaults: '`delta` 1',
    },
  ],
  panel: {
    setting: `δ = ${delta}`,
    pull: 'bounded',
    keyAt: 0.65,
    curves: [
      { fn: pseudoHuber({ delta }), label: 'classical' },
      { fn: pseudoHuber({ delta, form: 'diffusers' }), label: "diffusers' form", dash: '5 3' },
    ],
  },
};
