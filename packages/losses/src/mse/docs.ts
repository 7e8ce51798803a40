import type { LossDocs } from '../loss-docs.ts';
import { squared } from './loss.ts';

export const docs: LossDocs = {
  rows: [{ functions: ['mseLoss'], penalty: '`r²` (`squared()` is half of it)', pull: 'grows with its size' }],
  panel: { title: 'squared', setting: 'half of mse', pull: 'growing', curves: [{ fn: squared() }] },
};
