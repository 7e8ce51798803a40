/**
 * NumPy's .npy files, as far as anomaly maps need them: float32 and float64, little-endian, row-major.
 *
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
import { FormatError } from '@rddpm/core';

export type NpyArray = { readonly shape: readonly number[]; readonly data: Float32Array | Float64Array };

const MAGIC = '\x93NUMPY';

/** Version 1.0, header padded so that the values begin at a multiple of 64 bytes. */
export function encodeNpy({ shape, data }: NpyArray): Uint8Array {
  const descr = data instanceof Float32Array ? '<f4' : '<f8';
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const offset = Math.ceil((10 + header.length + 1) / 64) * 64;
  const bytes = new Uint8Array(offset + data.byteLength);
  const text = `${MAGIC}\x01\x00\x00\x00${header.padEnd(offset - 11)}\n`;
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  new DataView(bytes.buffer).setUint16(8, offset - 10, true);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
  return bytes;
}

/**
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} if the bytes are not .npy, are cut short, or hold another dtype, byte order or memory order.
 */
export function decodeNpy(bytes: Uint8Array, source: string): NpyArray {
  const fail = (reason: string): never => {
    throw new FormatError(`${source}: ${reason}`);
  };
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (text(0, 6) !== MAGIC || bytes.length < 12) return fail('not an .npy file; numpy.save writes one');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = bytes[6]! >= 2; // versions 2 and 3 have room for longer headers
  const start = long ? 12 : 10;
  const offset = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  if (offset > bytes.length) return fail(`cut short: its header ends at byte ${offset}, the file at ${bytes.length}`);
  const header = text(start, offset);
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (order === undefined || sizes === undefined) return fail(`its header is not that of a plain array: ${header.trim()}`);
  const width = descr === '<f4' ? 4 : descr === '<f8' ? 8 : 0;
  if (width === 0) return fail(`its values are ${descr ?? 'structured'}; save little-endian floats: numpy.save(path, a.astype('<f4'))`);
  if (order === 'True') return fail('its values are in Fortran order; save numpy.ascontiguousarray(a)');
  const shape = sizes.split(',').flatMap((size) => (size.trim() ? [Number(size)] : []));
  const length = shape.reduce((product, size) => product * size, 1);
  if (bytes.length !== offset + length * width) {
    return fail(`[${shape}] ${descr} needs ${offset + length * width} bytes, the file has ${bytes.length}`);
  }
  const { buffer } = new Uint8Array(bytes.subarray(offset)); // copied: the file's bytes need not be aligned
  return { shape, data: width === 4 ? new Float32Array(buffer) : new Float64Array(buffer) };
}
