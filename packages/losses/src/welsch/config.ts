import { defineElementWiseLoss } from '../define-loss.ts';
import { scaleSchema } from '../scales/scale-config.ts';
import { welschLoss } from './loss.ts';

export const welschConfig = defineElementWiseLoss('welsch', { scale: scaleSchema(0.6) }, welschLoss);
