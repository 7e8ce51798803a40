import { ConfigError } from '@rddpm/core';

/** @throws {ConfigError} unless `trim` is in [0, 1) and `warmupSteps` is a whole number of at least 0. */
export function assertContamination(where: string, { trim, warmupSteps }: { readonly trim: number; readonly warmupSteps: number }): void {
  if (!(trim >= 0 && trim < 1)) throw new ConfigError(`${where}: trim is ${trim}; it must be at least 0 and below 1`);
  if (Number.isSafeInteger(warmupSteps) && warmupSteps >= 0) return;
  throw new ConfigError(`${where}: warmupSteps is ${warmupSteps}; it must be a whole number of at least 0`);
}
