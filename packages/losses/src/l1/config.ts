import { defineElementWiseLoss } from '../define-loss.ts';
import { l1Loss } from './loss.ts';

export const l1Config = defineElementWiseLoss('l1', {}, l1Loss);
