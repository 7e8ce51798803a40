/** What methods that rebuild images have in common: how a pixel's difference becomes a number. */
import * as z from 'zod/mini';

/** @param error The method's default. */
export function residualFields(error: 'squared' | 'absolute') {
  return {
    /** Of a pixel against the reconstruction's. @see residualMaps */
    error: z._default(z.enum(['squared', 'absolute']), error),
    /** How a pixel's channels become one number. */
    channelReduction: z._default(z.enum(['mean', 'max', 'sum']), 'mean'),
  };
}

/** For `configSchema`. */
export const EARLIER_RESIDUAL_NAMES = { channels: 'channelReduction' };
