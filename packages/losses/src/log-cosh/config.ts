import { defineElementWiseLoss } from '../define-loss.ts';
import { scaleSchema } from '../scales/scale-config.ts';
import { logCoshLoss } from './loss.ts';

export const logCoshConfig = defineElementWiseLoss('log-cosh', { scale: scaleSchema(0.25) }, logCoshLoss);
