import type { LossDocs } from '../loss-docs.ts';

export const docs: LossDocs = {
  rows: [
    {
      functions: ['ltsLoss', 'elementLtsLoss'],
      penalty: 'squared error of the `keep` share of samples, or of elements, that fit best',
      pull: '0 if trimmed',
      defaults: '`keep` 0.8',
    },
  ],
};
