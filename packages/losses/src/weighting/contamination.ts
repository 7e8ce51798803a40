import { ConfigError } from '@rddpm/core';

/** @throws {ConfigError} unless `share` is in [0, 1) and `warmup`, in steps, is a whole number of at least 0. */
export function assertContamination(where: string, { share, warmup }: { readonly share: number; readonly warmup: number }): void {
  if (!(share >= 0 && share < 1)) throw new ConfigError(`${where}: share is ${share}; it must be at least 0 and below 1`);
  if (Number.isSafeInteger(warmup) && warmup >= 0) return;
  throw new ConfigError(`${where}: warmup is ${warmup}; it must be a whole number of at least 0`);
}
