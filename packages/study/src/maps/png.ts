/** PNG files of one grey channel, as maps of 8 or 16 bits. */
import { FormatError } from '@rddpm/core';
import sharp from 'sharp';
import type { AnomalyMap } from './anomaly-map.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const COLOURS: Readonly<Record<number, string>> = { 2: 'RGB', 3: 'colours of a palette', 4: 'grey with alpha', 6: 'RGB with alpha' };

/** Deflate makes no more than 1032 bytes of one. */
const LARGEST_RATIO = 1032;

/**
 * Values as they are in the file, 0 … 255 or 0 … 65535, whatever gamma or profile it names.
 *
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} if the bytes are no PNG, are cut short or damaged, or hold colours, transparency or an animation.
 */
export async function decodeMapPng(bytes: Uint8Array, source: string): Promise<AnomalyMap> {
  const fail = (reason: string, cause?: unknown): never => {
    throw new FormatError(`${source}: ${reason}`, { cause });
  };
  const chunks = chunksOf(bytes);
  if (chunks[0] !== 'IHDR') return fail('not a PNG file; cv2.imwrite(path, map) writes one of uint8 or uint16');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height, bits, colour] = [view.getUint32(16), view.getUint32(20), view.getUint8(24), view.getUint8(25)];
  const right = 'a map must have one grey channel of 8 or 16 bits';
  if (colour !== 0) return fail(`is a picture in ${COLOURS[colour] ?? `colour type ${colour}`}, not a map of scores; ${right}`);
  if (bits !== 8 && bits !== 16) return fail(`has ${bits} bits per pixel; ${right}`);
  if (chunks.includes('tRNS')) return fail(`has a transparent grey; ${right}`);
  if (chunks.includes('acTL')) return fail('is an animation; a map must be one image');
  const size = (width * height * bits) / 8;
  if (size > bytes.length * LARGEST_RATIO) return fail(`claims ${width}x${height} pixels, which its ${bytes.length} bytes can't be`);
  try {
    const image = sharp(bytes, { ignoreIcc: true, limitInputPixels: width * height })
      .toColourspace(bits === 16 ? 'grey16' : 'b-w')
      .raw({ depth: bits === 16 ? 'ushort' : 'uchar' });
    const values = new Uint8Array(await image.toBuffer()); // copied: it need not be aligned
    if (values.length !== size) throw new Error(`${values.length} bytes decoded, ${size} expected`);
    return { data: new Float32Array(bits === 16 ? new Uint16Array(values.buffer) : values), width, height };
  } catch (error) {
    return fail(`cut short or damaged (${(error as Error).message.replace(/\s+/g, ' ')})`, error);
  }
}

/** The types of all chunks that are there; nothing if the bytes are no PNG. */
function chunksOf(bytes: Uint8Array): string[] {
  if (bytes.length < 33 || SIGNATURE.some((byte, i) => bytes[i] !== byte)) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const types: string[] = [];
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at))
    types.push(String.fromCharCode(...bytes.subarray(at + 4, at + 8)));
  return types;
}
