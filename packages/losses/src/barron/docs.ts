import type { LossDocs } from '../loss-docs.ts';
import { barron } from './loss.ts';

export const docs: LossDocs = {
  rows: [
    {
      functions: ['barronLoss', 'barron'],
      penalty: 'one family of all forms, by α',
      pull: 'as α says',
      defaults: '`alpha` 1, `scale` 1',
    },
    {
      functions: ['adaptiveLoss'],
      penalty: "Barron's, its α and scale learned",
      pull: 'as the data say',
      defaults: '`alpha` 1, `scale` 1',
    },
  ],
  panel: {
    setting: 'c = 1',
    pull: 'chosen',
    keyAt: 0.94,
    curves: [
      { fn: barron({ alpha: 2 }), label: 'α = 2', pull: 'growing' },
      { fn: barron({ alpha: 1 }), label: 'α = 1', pull: 'bounded', dash: '5 3' },
      { fn: barron({ alpha: 0 }), label: 'α = 0', pull: 'redescending', dash: '7 2 2 2' },
      { fn: barron({ alpha: Number.NEGATIVE_INFINITY }), label: 'α = −∞', color: '#b0468b' },
    ],
  },
};
