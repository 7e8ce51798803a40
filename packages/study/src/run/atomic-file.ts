/** Files that are there whole or not at all. */
import fs from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes beside `path`, flushes to the disk, then renames: a crash leaves the old file or the new one.
 *
 * @param contents Parts are written one after the other.
 * @throws {Error} that says so when the disk is full; nothing is left behind then.
 */
export async function writeFileAtomically(path: string, contents: string | Uint8Array | readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await fs.mkdir(dirname(path), { recursive: true });
    const file = await fs.open(temporary, 'w');
    try {
      for (const part of Array.isArray(contents) ? contents : [contents]) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {});
    throw explainDiskFull(error, path);
  }
}

/**
 * For files that become whole together, by the renaming of the folder they are in: no flush for each of hundreds.
 *
 * @throws {Error} that says so when the disk is full.
 */
export async function writeFilePlainly(path: string, contents: string | Uint8Array): Promise<void> {
  try {
    await fs.mkdir(dirname(path), { recursive: true });
    await fs.writeFile(path, contents);
  } catch (error) {
    throw explainDiskFull(error, path);
  }
}

/** @throws {Error} that says so when the disk is full. */
export async function appendLine(path: string, line: string): Promise<void> {
  await fs.appendFile(path, `${line}\n`).catch((error) => {
    throw explainDiskFull(error, path);
  });
}

function explainDiskFull(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new Error(`no space left to write ${path}; free some and run the command again (train and benchmark go on with --resume)`, {
    cause: error,
  });
}
