import * as z from 'zod/mini';
import { defineLoss, trimmedBy } from '../define-loss.ts';
import { keepSchema } from '../trimmed/keep-config.ts';
import { blockLtsLoss } from './loss.ts';

const BLOCK = 'must be a whole number of at least 1';
const block = z._default(z.int(BLOCK).check(z.gte(1, BLOCK)), 8);

export const blockLtsConfig = defineLoss('block-lts', { keep: keepSchema, block }, ({ keep, block }) =>
  trimmedBy(keep, (prediction, target, options) => blockLtsLoss(prediction, target, { ...options, block })),
);
