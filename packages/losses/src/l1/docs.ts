import type { LossDocs } from '../loss-docs.ts';
import { absolute } from './loss.ts';

export const docs: LossDocs = {
  rows: [{ functions: ['l1Loss', 'absolute'], penalty: '`\\|r\\|`', pull: '1' }],
  panel: { pull: 'bounded', curves: [{ fn: absolute() }] },
};
