import { defineElementWiseLoss } from '../define-loss.ts';
import { mseLoss } from './loss.ts';

export const mseConfig = defineElementWiseLoss('mse', {}, (prediction, target, options) => mseLoss(prediction, target, options));
