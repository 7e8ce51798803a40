/** Reading files and folders that may be missing. */
import fs from 'node:fs/promises';
import { ConfigError } from '@rddpm/core';

/** Nothing is in a folder that isn't there. @throws {ConfigError} if it is a file. */
export async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new ConfigError(`${folder} is a file; it must be a folder, or not there yet`);
    throw error;
  }
}

export async function readTextIfThere(path: string): Promise<string | undefined> {
  return fs.readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}
