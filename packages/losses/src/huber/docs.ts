import { EFFICIENCY_95 } from '../element-wise/efficiency.ts';
import type { LossDocs } from '../loss-docs.ts';
import { huber } from './loss.ts';

export const docs: LossDocs = {
  rows: [{ functions: ['huberLoss', 'huber'], penalty: '`r²/2` up to δ, `δ(\\|r\\| − δ/2)` beyond', pull: 'δ', defaults: '`delta` 1' }],
  panel: { setting: `δ = ${EFFICIENCY_95.huber}`, pull: 'bounded', curves: [{ fn: huber({ delta: EFFICIENCY_95.huber }) }] },
};
