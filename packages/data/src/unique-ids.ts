import { FormatError } from '@rddpm/core';
import type { Problem, Sample } from '@rddpm/core/contracts';
import { placeOf } from './files.ts';

/** Equal for samples whose maps would have one name, on some file systems or on all: the split, and the id whatever its case and its form of Unicode. */
export function idKey({ id, split }: Pick<Sample, 'id' | 'split'>): string {
  return `${split} ${caseless(id)}`;
}

/** An error for each sample that is called as one before it in the same split, whatever the case and the form of Unicode. */
export function sharedIds(samples: readonly Sample[]): Problem[] {
  const firsts = new Map<string, Sample>();
  return samples.flatMap((sample): Problem[] => {
    const key = idKey(sample);
    const first = firsts.get(key);
    if (first !== undefined) return [{ severity: 'error', path: first.path, message: clash(first, sample) }];
    firsts.set(key, sample);
    return [];
  });
}

/** @throws {FormatError} with what `sharedIds` finds. */
export function assertUniqueIds(where: string, samples: readonly Sample[]): void {
  const clashes = sharedIds(samples).map(({ path, message }) => `\n  ${path} ${message}`);
  if (clashes.length > 0) throw new FormatError(`${where}: images of one split need names of their own:${clashes.join('')}`);
}

function clash(first: Sample, { id, path, split }: Sample): string {
  const named = (name: string) => (split === undefined ? name : `${split}/${name}`);
  if (nfc(first.id) !== nfc(id)) {
    return `and ${path} are called ${named(first.id)} and ${named(id)}; names must differ in more than case, which some file systems don't tell apart`;
  }
  const both = `and ${path} are both called ${named(id)}`;
  if (nfc(first.path) === nfc(path)) return `${both}; they are one name in two forms of Unicode`;
  const [one, other] = [first.path, path].map((at) => JSON.stringify(placeOf(at)));
  return `${both}; ${one === other ? 'names must differ in more than their ending' : 'each needs a name of its own'}`;
}

const nfc = (text: string) => text.normalize('NFC');
const caseless = (text: string) => nfc(text.toLowerCase());
