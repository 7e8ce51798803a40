/** Property tests draw the same examples in every run: a failure can be repeated, and a suite compared with another. RDDPM_SEED draws others. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.RDDPM_SEED ?? 1) });
