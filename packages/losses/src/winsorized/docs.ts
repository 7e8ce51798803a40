import type { LossDocs } from '../loss-docs.ts';

export const docs: LossDocs = {
  rows: [
    {
      functions: ['winsorizedLoss'],
      penalty: '`r²`, clamped at its `keep` quantile in the batch',
      pull: '0 if clamped',
      defaults: '`keep` 0.8',
    },
  ],
};
