/** Pipelines in folders of a disk. */
import fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ByteSource, FormatError } from '@rddpm/core';
import type { Pipeline } from './pipeline.ts';
import { pipelineFiles } from './pipeline-files.ts';
import { type PipelineFolder, readPipeline } from './read-pipeline.ts';

/**
 * Reads a folder that `DDPMPipeline.save_pretrained` of diffusers or `savePretrained` wrote. Weights are read tensor by tensor into the
 * memory in which they stay.
 *
 * @throws {FormatError}, {ConfigError} as `readPipeline`.
 */
export async function loadPretrained(folder: string): Promise<Pipeline> {
  return withFolder(folder, readPipeline);
}

/** Gives `read` a folder of a disk, and closes what it opened. A file that is missing is `undefined`; one that can't be read is a {FormatError}. */
export async function withFolder<R>(folder: string, read: (folder: PipelineFolder) => Promise<R>): Promise<R> {
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

/**
 * Writes a folder for `DDPMPipeline.from_pretrained`, over what an earlier save left there.
 *
 * @throws {FormatError}, {ConfigError} as `pipelineFiles`, before anything is written.
 */
export async function savePretrained(folder: string, pipeline: Parameters<typeof pipelineFiles>[0]): Promise<void> {
  for (const { path, parts } of pipelineFiles(pipeline)) {
    const target = join(folder, ...path.split('/'));
    await fs.mkdir(dirname(target), { recursive: true });
    const temporary = `${target}.${process.pid}.tmp`;
    try {
      await fs.writeFile(temporary, parts);
      await fs.rename(temporary, target); // a file is the old one or the new one, never half of it
    } finally {
      await fs.rm(temporary, { force: true });
    }
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
