/** A model's folder on a disk. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import type { FileReader } from './contracts.ts';
import { FormatError } from './errors.ts';
import type { ByteSource } from './safetensors.ts';

/** Gives `read` a folder of a disk, and closes what it opened. A file that is missing is `undefined`; one that can't be read is a {FormatError}. */
export async function withFolder<R>(folder: string, read: (folder: FileReader) => Promise<R>): Promise<R> {
  const files: FileHandleSource[] = [];
  try {
    return await read({
      name: folder,
      async open(path) {
        const file = await openFile(join(folder, ...path.split('/')));
        if (file) files.push(file);
        return file;
      },
    });
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

type FileHandleSource = ByteSource & { close(): Promise<void> };

/** A file to read piece by piece; nothing if there is none. The caller closes it. */
async function openFile(path: string): Promise<FileHandleSource | undefined> {
  let file: fs.FileHandle;
  try {
    file = await fs.open(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new FormatError(`${path} can't be read: ${(error as Error).message}`, { cause: error });
  }
  const stats = await file.stat();
  if (!stats.isFile()) {
    await file.close();
    throw new FormatError(`${path} must be a file; it is something else, such as a folder`);
  }
  const { size } = stats;
  return {
    size,
    async read(begin, end) {
      const bytes = new Uint8Array(end - begin);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, begin + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    close: () => file.close(),
  };
}
