import { BackendError } from './errors.ts';

/**
 * SHA-256 of the bytes, in 64 hexadecimal digits: files of one hash have one content.
 *
 * @throws {BackendError} where there is no Web Crypto, such as on pages that came neither over https nor from this machine.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!subtle)
    throw new BackendError('sha256: crypto.subtle is missing; it is there in Node, and on pages that came over https or from localhost');
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
