import { defineElementWiseLoss } from '../define-loss.ts';
import { deltaSchema } from '../scales/scale-config.ts';
import { smoothL1Loss } from './loss.ts';

export const smoothL1Config = defineElementWiseLoss('smooth-l1', { delta: deltaSchema }, smoothL1Loss);
