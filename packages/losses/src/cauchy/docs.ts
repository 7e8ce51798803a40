import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import type { LossDocs } from '../loss-docs.ts';
import { cauchy } from './loss.ts';

export const docs: LossDocs = {
  rows: [
    {
      functions: ['cauchyLoss', 'cauchy'],
      penalty: '`(c²/2) ln(1 + (r/c)²)`',
      pull: 'falls as c²/r',
      defaults: `\`scale\` ${EFFICIENCY_95.cauchy}`,
    },
  ],
  panel: { setting: `c = ${EFFICIENCY_95.cauchy}`, pull: 'redescending', curves: [{ fn: cauchy() }] },
};
