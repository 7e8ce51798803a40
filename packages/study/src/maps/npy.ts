/**
 * NumPy's .npy files: one array of real numbers, of any dtype, byte order and memory order.
 *
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
import { FormatError } from '@rddpm/core';
import { halfToNumber } from './half.ts';

export type NpyArray = { readonly shape: readonly number[]; readonly data: Float32Array | Float64Array };

const MAGIC = '\x93NUMPY';
const LONGEST_HEADER = 65536;

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
 * Row-major, exact: float16 and integers of 8 and 16 bits come as float32, other integers and float64 as float64.
 * Little-endian float32 and float64 are views of `bytes` where those are aligned, as numpy.save aligns them.
 *
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} if the bytes are not .npy, are cut short, or hold anything but real numbers; or a 64-bit integer that no float64 is.
 */
export function decodeNpy(bytes: Uint8Array, source: string): NpyArray {
  const fail = (reason: string): never => {
    throw new FormatError(`${source}: ${reason}`);
  };
  const text = (from: number, to: number) => Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
  if (bytes.length < 12 || text(0, 6) !== MAGIC) return fail('not an .npy file; numpy.save writes one');
  if (bytes[6]! < 1 || bytes[6]! > 3) return fail(`is .npy of version ${bytes[6]}; numpy.save writes versions 1 to 3`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = bytes[6]! >= 2; // versions 2 and 3 have room for longer headers
  const start = long ? 12 : 10;
  const offset = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  if (offset > bytes.length) return fail(`cut short: its header ends at byte ${offset}, the file at ${bytes.length}`);
  if (offset > LONGEST_HEADER) return fail(`its header claims ${offset - start} bytes; that of an array of numbers has a hundred or two`);
  const header = text(start, offset);
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\d\s,L]*)\)/.exec(header)?.[1]; // Python 2 wrote 3L
  if (order === undefined || sizes === undefined) return fail(`its header is not that of a plain array: ${header.trim().slice(0, 200)}`);
  const dtype = DTYPES.get(descr?.slice(1) ?? '');
  if (!dtype || !/^[<>|]/.test(descr!)) {
    return fail(`its values are ${descr ?? 'structured'}; save real numbers: numpy.save(path, a.astype('float32'))`);
  }
  const shape = [...sizes.matchAll(/\d+/g)].map(([size]) => Number(size));
  const length = shape.reduce((product, size) => product * size, 1);
  const end = offset + length * dtype.bytes;
  if (bytes.length !== end) return fail(`[${shape}] ${descr} needs ${end} bytes, the file has ${bytes.length}`);
  const data = dtype.read(alignedValues(bytes.subarray(offset), dtype.bytes, descr![0] === '>'), fail);
  return { shape, data: order === 'True' ? rowMajor(data, shape) : data };
}

type Fail = (reason: string) => never;
type Dtype = { readonly bytes: number; readonly read: (values: ArrayBufferSlice, fail: Fail) => Float32Array | Float64Array };
type ArrayBufferSlice = readonly [buffer: ArrayBufferLike, byteOffset: number, length: number];

/** By what follows the byte order in `descr`. */
const DTYPES = new Map<string, Dtype>(
  Object.entries({
    b1: { bytes: 1, read: (slice) => Float32Array.from(new Uint8Array(...slice), (value) => (value === 0 ? 0 : 1)) },
    u1: { bytes: 1, read: (slice) => new Float32Array(new Uint8Array(...slice)) },
    i1: { bytes: 1, read: (slice) => new Float32Array(new Int8Array(...slice)) },
    u2: { bytes: 2, read: (slice) => new Float32Array(new Uint16Array(...slice)) },
    i2: { bytes: 2, read: (slice) => new Float32Array(new Int16Array(...slice)) },
    f2: { bytes: 2, read: (slice) => Float32Array.from(new Uint16Array(...slice), halfToNumber) },
    u4: { bytes: 4, read: (slice) => new Float64Array(new Uint32Array(...slice)) },
    i4: { bytes: 4, read: (slice) => new Float64Array(new Int32Array(...slice)) },
    f4: { bytes: 4, read: (slice) => new Float32Array(...slice) },
    u8: { bytes: 8, read: (slice, fail) => fromBigInts(new BigUint64Array(...slice), fail) },
    i8: { bytes: 8, read: (slice, fail) => fromBigInts(new BigInt64Array(...slice), fail) },
    f8: { bytes: 8, read: (slice) => new Float64Array(...slice) },
  }),
);

function fromBigInts(integers: BigInt64Array | BigUint64Array, fail: Fail): Float64Array {
  const values = new Float64Array(integers.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(integers[i]!);
    if (!Number.isSafeInteger(value))
      fail(`holds ${integers[i]}, which has no exact float64; save a.astype('float64') if that is close enough`);
    values[i] = value;
  }
  return values;
}

/** Little-endian values at a multiple of their size, which is what typed arrays need; the same bytes if they are that already. */
function alignedValues(bytes: Uint8Array, size: number, bigEndian: boolean): ArrayBufferSlice {
  const swap = bigEndian && size > 1;
  const { buffer, byteOffset } = swap || bytes.byteOffset % size !== 0 ? new Uint8Array(bytes) : bytes;
  if (swap) Buffer.from(buffer, byteOffset, bytes.length)[`swap${(size * 8) as 16 | 32 | 64}`]();
  return [buffer, byteOffset, bytes.length / size];
}

/** Of values whose first axis runs fastest. */
function rowMajor<T extends Float32Array | Float64Array>(values: T, shape: readonly number[]): T {
  const steps = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const ordered = values.slice() as T;
  const index = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < ordered.length; i++) {
    ordered[i] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return ordered;
}
