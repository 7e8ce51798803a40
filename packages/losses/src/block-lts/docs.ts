import type { LossDocs } from '../loss-docs.ts';

export const docs: LossDocs = {
  rows: [
    {
      functions: ['blockLtsLoss'],
      penalty: 'squared error of the `keep` share of blocks of pixels that fit best',
      pull: '0 if trimmed',
      defaults: '`keep` 0.8, `block` 8',
    },
  ],
};
