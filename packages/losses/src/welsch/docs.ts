import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import type { LossDocs } from '../loss-docs.ts';
import { welsch } from './loss.ts';

export const docs: LossDocs = {
  rows: [
    {
      functions: ['welschLoss', 'welsch'],
      penalty: '`(c²/2)(1 − exp(−(r/c)²))`',
      pull: 'vanishes beyond about 3c',
      defaults: `\`scale\` ${EFFICIENCY_95.welsch}`,
    },
  ],
  panel: { setting: `c = ${EFFICIENCY_95.welsch}`, pull: 'redescending', curves: [{ fn: welsch() }] },
};
