import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import type { LossDocs } from '../loss-docs.ts';
import { gemanMcclure } from './loss.ts';

export const docs: LossDocs = {
  rows: [
    {
      functions: ['gemanMcclureLoss', 'gemanMcclure'],
      penalty: '`(r²/2) / (1 + (r/c)²)`',
      pull: 'falls as c⁴/r³',
      defaults: `\`scale\` ${EFFICIENCY_95.gemanMcclure}`,
    },
  ],
  panel: { setting: `c = ${EFFICIENCY_95.gemanMcclure}`, pull: 'redescending', curves: [{ fn: gemanMcclure() }] },
};
