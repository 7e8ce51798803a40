/** The newest training state and the one before it. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError } from '@rddpm/core';
import { writeFileAtomically } from './atomic-file.ts';

const NEWEST = 'newest.safetensors';
const PREVIOUS = 'previous.safetensors';

/** At every moment in between at least one whole state is in the folder. */
export async function saveCheckpoint(folder: string, state: Uint8Array): Promise<void> {
  const [newest, previous, next] = [NEWEST, PREVIOUS, 'next.safetensors'].map((name) => join(folder, name)) as [string, string, string];
  await writeFileAtomically(next, state); // whole on the disk before the newest one moves
  await fs.rename(newest, previous).catch(ignoreMissing);
  await fs.rename(next, newest);
}

/**
 * The newest state that `decode` accepts, or nothing if the folder holds none at all.
 *
 * @param decode Throws a FormatError for bytes that are cut short or broken.
 * @throws {FormatError} if there are states and all are broken.
 */
export async function loadCheckpoint<State>(
  folder: string,
  decode: (bytes: Uint8Array, source: string) => State | Promise<State>,
  warn: (text: string) => void,
): Promise<State | undefined> {
  const broken: string[] = [];
  for (const name of ['next.safetensors', NEWEST, PREVIOUS]) {
    const path = join(folder, name);
    const bytes = await fs.readFile(path).catch(ignoreMissing);
    if (bytes === undefined) continue;
    try {
      const state = await decode(bytes, path);
      for (const reason of broken) warn(`${reason}; going on from ${path} instead`);
      return state;
    } catch (error) {
      if (!(error instanceof FormatError && error.message.includes(path))) throw error; // it is of something else, such as a training image
      broken.push(error.message);
    }
  }
  if (broken.length > 0) throw new FormatError(`no checkpoint in ${folder} is whole: ${broken.join('; ')}; train again with --overwrite`);
  return undefined;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
