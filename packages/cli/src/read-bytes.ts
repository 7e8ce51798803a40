import fs from 'node:fs/promises';

/** A file's bytes as a plain Uint8Array: `slice` of a Node Buffer doesn't copy, and that of a Uint8Array, which decoders rely on, does. */
export async function readBytes(path: string): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = await fs.readFile(path);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
