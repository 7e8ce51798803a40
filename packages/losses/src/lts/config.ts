import * as z from 'zod/mini';
import { defineLoss, trimmedBy } from '../define-loss.ts';
import { keepSchema } from '../trimmed/keep-config.ts';
import { elementLtsLoss } from './elements.ts';
import { ltsLoss } from './loss.ts';

const over = z._default(z.enum(['samples', 'elements'], 'must be "samples" or "elements"'), 'samples');

export const ltsConfig = defineLoss('lts', { keep: keepSchema, over }, ({ keep, over }) =>
  trimmedBy(keep, over === 'samples' ? ltsLoss : elementLtsLoss),
);
