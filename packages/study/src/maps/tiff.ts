/** TIFF files of one image of real numbers, as tifffile, Pillow and OpenCV write them. */
import { FormatError } from '@rddpm/core';
import sharp, { type DepthEnum } from 'sharp';
import { decode } from 'tiff';
import type { AnomalyMap } from './anomaly-map.ts';
import { halfToNumber } from './half.ts';
import { isTiff, readTiffHeader, type TiffHeader } from './tiff-header.ts';

const ADVICE = "tifffile.imwrite(path, map.astype('float32')) writes what is right";

const COMPRESSIONS: Readonly<Record<number, string>> = { 1: 'none', 5: 'LZW', 8: 'deflate', 32946: 'deflate', 32773: 'PackBits' };

/** What libvips reads, by kind and bits. */
const DEPTHS: Readonly<Record<string, { readonly depth: keyof DepthEnum; readonly read: (buffer: ArrayBuffer) => AnomalyMap['data'] }>> = {
  'unsigned 8': { depth: 'uchar', read: (buffer) => new Float32Array(new Uint8Array(buffer)) },
  'signed 8': { depth: 'char', read: (buffer) => new Float32Array(new Int8Array(buffer)) },
  'unsigned 16': { depth: 'ushort', read: (buffer) => new Float32Array(new Uint16Array(buffer)) },
  'unsigned 32': { depth: 'uint', read: (buffer) => new Float64Array(new Uint32Array(buffer)) },
  'signed 32': { depth: 'int', read: (buffer) => new Float64Array(new Int32Array(buffer)) },
  'float 32': { depth: 'float', read: (buffer) => new Float32Array(buffer) },
};

/** What libvips takes for something else, or doesn't know, and the package tiff reads. */
const OTHERS = ['signed 16', 'float 16', 'float 64'];

/**
 * Values as they are in the file: float32, float64, float16, or integers of up to 32 bits; strips or tiles; not compressed, or with LZW,
 * deflate or PackBits.
 *
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} if the bytes are no such TIFF, are cut short, or hold colours, several channels or several images.
 */
export async function decodeTiff(bytes: Uint8Array, source: string): Promise<AnomalyMap> {
  const fail = (reason: string, cause?: unknown): never => {
    throw new FormatError(`${source}: ${reason}`, { cause });
  };
  if (!isTiff(bytes) || bytes.length < 16) return fail(`not a TIFF file; ${ADVICE}`);
  const header = readTiffHeader(bytes, fail);
  const reason = unfit(header);
  if (reason !== undefined) return fail(`${reason}; ${ADVICE}`);
  const { width, height, bits, kind } = header;
  try {
    const data = OTHERS.includes(`${kind} ${bits}`) ? withTiff(bytes, kind) : await withSharp(bytes, header);
    if (data.length !== width * height) throw new Error(`${data.length} values decoded, ${width * height} expected`);
    return { data, width, height };
  } catch (error) {
    return fail(`its pixels can't be decoded (${(error as Error).message.replace(/\s+/g, ' ')}); ${ADVICE}`, error);
  }
}

/** Why the image is no map that can be read, if so. */
function unfit({
  bits,
  kind,
  channels,
  compression,
  photometric,
  predictor,
  orientation,
  fillOrder,
  more,
  big,
}: TiffHeader): string | undefined {
  if (photometric === 2 || photometric === 3)
    return `is a picture in ${photometric === 2 ? 'RGB' : 'colours of a palette'}, not a map of scores`;
  if (channels !== 1) return `has ${channels} channels, not one`;
  if (more) return 'holds more than one image';
  if (photometric !== 1) return `has photometric interpretation ${photometric}, not 1 (MINISBLACK)`;
  if (orientation !== 1) return `has orientation ${orientation}, not 1`;
  if (fillOrder !== 1) return `has fill order ${fillOrder}, not 1`;
  const layout = `${kind} ${bits}`;
  const other = OTHERS.includes(layout);
  if (!other && !(layout in DEPTHS)) return `holds ${kind} values of ${bits} bits`;
  const method = COMPRESSIONS[compression];
  if (!method) return `is compressed by method ${compression}; none, LZW, deflate and PackBits are read`;
  const only32 = `holds ${kind} values of ${bits} bits, which aren't read`;
  if (other && method === 'PackBits') return `${only32} with PackBits`;
  if (other && (predictor === 3 || (predictor !== 1 && bits === 64))) return `${only32} with predictor ${predictor}`;
  if (other && big) return `${only32} from a BigTIFF`;
  return undefined;
}

async function withSharp(bytes: Uint8Array, { width, height, bits, kind }: TiffHeader): Promise<AnomalyMap['data']> {
  const { depth, read } = DEPTHS[`${kind} ${bits}`]!;
  // No step may treat the values as colours: neither a profile nor the conversion to sRGB.
  const image = sharp(bytes, { ignoreIcc: true, limitInputPixels: width * height }).toColourspace(bits === 16 ? 'grey16' : 'b-w');
  const { buffer } = new Uint8Array(await image.raw({ depth }).toBuffer()); // copied: it need not be aligned
  return read(buffer);
}

function withTiff(bytes: Uint8Array, kind: TiffHeader['kind']): AnomalyMap['data'] {
  const [image] = decode(bytes, { pages: [0] });
  const values = image!.data;
  if (values instanceof Float64Array) return values;
  const bits = values as Uint16Array; // whatever they are
  return kind === 'float'
    ? Float32Array.from(bits, halfToNumber)
    : new Float32Array(new Int16Array(bits.buffer, bits.byteOffset, bits.length));
}
