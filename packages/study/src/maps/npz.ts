/** NumPy's .npz files, a zip archive of .npy files: those that hold one array. */
import { FormatError } from '@rddpm/core';
import { configure, type FileEntry, Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { decodeNpy, type NpyArray } from './npy.ts';

/** Deflate makes no more than 1032 bytes of one. */
const LARGEST_RATIO = 1032;

/**
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} if the bytes are not a zip archive of one .npy file, or its checksum doesn't fit.
 */
export async function decodeNpz(bytes: Uint8Array, source: string): Promise<NpyArray> {
  const { name, npy } = await unzip(bytes, source);
  return decodeNpy(npy, `${source}, ${name}`);
}

async function unzip(bytes: Uint8Array, source: string): Promise<{ name: string; npy: Uint8Array }> {
  configure({ useWebWorkers: false, chunkSize: 2 ** 22 }); // a map whole: chunk by chunk takes three times as long
  try {
    const archive = new ZipReader(new Uint8ArrayReader(bytes), { checkSignature: true });
    const entry = onlyFile(await archive.getEntries(), source);
    if (entry.uncompressedSize > entry.compressedSize * LARGEST_RATIO) {
      throw new FormatError(`${source}: ${entry.filename} claims ${entry.uncompressedSize} bytes, the file has ${bytes.length}`);
    }
    return { name: entry.filename, npy: await entry.getData(new Uint8ArrayWriter()) };
  } catch (error) {
    if (error instanceof FormatError) throw error;
    const { message } = error as Error;
    throw new FormatError(`${source}: not a whole .npz file (${message}); numpy.savez(path, map) writes one`, { cause: error });
  }
}

function onlyFile(entries: readonly { directory: boolean; encrypted: boolean; filename: string }[], source: string): FileEntry {
  const names = entries.map(({ filename }) => filename.replace(/\.npy$/, ''));
  const [entry] = entries as FileEntry[];
  if (entry && entries.length === 1 && !entry.directory && !entry.encrypted) return entry;
  const shown = names.length > 10 ? [...names.slice(0, 10), '…'] : names;
  throw new FormatError(
    `${source}: holds ${entries.length === 1 ? 'no readable array' : `${entries.length} arrays`} (${shown.join(', ')}); save the map alone: numpy.savez(path, map)`,
  );
}
