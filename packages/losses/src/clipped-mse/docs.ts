import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import type { LossDocs } from '../loss-docs.ts';
import { clippedMse } from './loss.ts';

export const docs: LossDocs = {
  rows: [
    {
      functions: ['clippedMseLoss', 'clippedMse'],
      penalty: '`min(r², c²)`',
      pull: '0 beyond c',
      defaults: `\`scale\` ${EFFICIENCY_95.clippedMse}`,
    },
  ],
  panel: { setting: `c = ${EFFICIENCY_95.clippedMse}`, pull: 'redescending', curves: [{ fn: clippedMse() }] },
};
