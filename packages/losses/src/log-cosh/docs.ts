import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import type { LossDocs } from '../loss-docs.ts';
import { logCosh } from './loss.ts';

export const docs: LossDocs = {
  rows: [
    {
      functions: ['logCoshLoss', 'logCosh'],
      penalty: '`c² ln cosh(r/c)`',
      pull: 'tends to c',
      defaults: `\`scale\` ${EFFICIENCY_95.logCosh}`,
    },
  ],
  panel: { setting: `c = ${EFFICIENCY_95.logCosh}`, pull: 'bounded', curves: [{ fn: logCosh() }] },
};
