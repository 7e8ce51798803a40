import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import type { LossDocs } from '../loss-docs.ts';
import { tukey } from './loss.ts';

export const docs: LossDocs = {
  rows: [
    {
      functions: ['tukeyLoss', 'tukey'],
      penalty: '`(c²/6)(1 − (1 − (r/c)²)³)` up to c, `c²/6` beyond',
      pull: '0 beyond c',
      defaults: `\`scale\` ${EFFICIENCY_95.tukey}`,
    },
  ],
  panel: { setting: `c = ${EFFICIENCY_95.tukey}`, pull: 'redescending', curves: [{ fn: tukey() }] },
};
