import type { LossDocs } from '../loss-docs.ts';
import { smoothL1 } from './loss.ts';

export const docs: LossDocs = {
  rows: [{ functions: ['smoothL1Loss', 'smoothL1'], penalty: "Huber's divided by δ", pull: '1', defaults: '`delta` 1' }],
  panel: { setting: 'δ = 1', pull: 'bounded', curves: [{ fn: smoothL1({ delta: 1 }) }] },
};
