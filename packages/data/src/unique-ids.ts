import { FormatError } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';

/** @throws {FormatError} naming images that would be called the same, in training or among the tests. */
export function assertUniqueIds(where: string, samples: readonly Sample[]): void {
  const named = new Map<string, string>();
  const clashes = samples.flatMap(({ id, path, split }) => {
    const key = `${split} ${id}`;
    const other = named.get(key);
    named.set(key, path);
    return other === undefined ? [] : [`\n  ${other} and ${path} would both be called ${id}`];
  });
  if (clashes.length > 0)
    throw new FormatError(`${where}: images of one split need names of their own; rename the files:${clashes.join('')}`);
}
