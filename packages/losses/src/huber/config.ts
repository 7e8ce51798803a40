import { defineElementWiseLoss } from '../define-loss.ts';
import { deltaSchema } from '../scales/scale-config.ts';
import { huberLoss } from './loss.ts';

export const huberConfig = defineElementWiseLoss('huber', { delta: deltaSchema }, huberLoss);
