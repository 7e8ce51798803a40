import { defineElementWiseLoss } from '../define-loss.ts';
import { scaleSchema } from '../scales/scale-config.ts';
import { cauchyLoss } from './loss.ts';

export const cauchyConfig = defineElementWiseLoss('cauchy', { scale: scaleSchema(0.5) }, cauchyLoss);
