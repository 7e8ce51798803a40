/** The `keep` of a trimmed loss in a config: a share from 0 to 1, or how that changes over training. */
import type { LossContext } from '@rddpm/core';
import * as z from 'zod/mini';
import type { Keep, KeepSchedule } from './keep.ts';
import { scheduledKeep } from './scheduled-keep.ts';

const SHARE = 'must be a number above 0 and at most 1';
const STEPS = 'must be a whole number of at least 1';
const KEEP = 'must be a number above 0 and at most 1, or { "from": 1, "to": 0.8, "steps": 1000 }';

const share = z.number(SHARE).check(z.gt(0, SHARE), z.lte(1, SHARE));

export const keepSchema = z._default(
  z.union([share, z.strictObject({ from: share, to: share, steps: z.int(STEPS).check(z.gte(1, STEPS)) })], KEEP),
  0.8,
);

export type KeepConfig = number | KeepSchedule;

/** The share at the context's step. */
export const keepAt = (keep: KeepConfig, { step }: LossContext): Keep => (typeof keep === 'number' ? keep : scheduledKeep(step, keep));
