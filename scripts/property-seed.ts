/** Property tests draw the same examples in every run: a failure can be repeated, and a suite compared with another. RDDPM_SEED draws others. */
import fc from 'fast-check';

const seed = Number(process.env.RDDPM_SEED ?? 1);
if (!Number.isSafeInteger(seed)) throw new Error(`RDDPM_SEED is '${process.env.RDDPM_SEED}'; it must be a whole number`);
fc.configureGlobal({ seed });
