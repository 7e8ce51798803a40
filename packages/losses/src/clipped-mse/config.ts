import { defineElementWiseLoss } from '../define-loss.ts';
import { scaleSchema } from '../scales/scale-config.ts';
import { clippedMseLoss } from './loss.ts';

export const clippedMseConfig = defineElementWiseLoss('clipped-mse', { scale: scaleSchema(0.55) }, clippedMseLoss);
