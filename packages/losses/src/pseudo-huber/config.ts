import * as z from 'zod/mini';
import { defineElementWiseLoss } from '../define-loss.ts';
import { deltaSchema } from '../scales/scale-config.ts';
import { pseudoHuberLoss } from './loss.ts';

const form = z._default(z.enum(['classical', 'diffusers'], 'must be "classical" or "diffusers"'), 'classical');

export const pseudoHuberConfig = defineElementWiseLoss('pseudo-huber', { delta: deltaSchema, form }, pseudoHuberLoss);
