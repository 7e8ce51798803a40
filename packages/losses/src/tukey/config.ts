import { defineElementWiseLoss } from '../define-loss.ts';
import { scaleSchema } from '../scales/scale-config.ts';
import { tukeyLoss } from './loss.ts';

export const tukeyConfig = defineElementWiseLoss('tukey', { scale: scaleSchema(1) }, tukeyLoss);
