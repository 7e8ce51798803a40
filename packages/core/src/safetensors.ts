/**
 * The safetensors file format: an 8-byte little-endian length, that many bytes of JSON, then the tensors' bytes.
 * F32, F16 and BF16 are read, as float32; F32 is written.
 *
 * Nothing in a file is trusted: before any tensor is touched, the header must account for every byte behind it, once.
 *
 * @see https://huggingface.co/docs/safetensors, https://github.com/huggingface/safetensors#format
 */
import { shown } from './checks.ts';
import { FormatError } from './errors.ts';
import type { HostTensor, HostWeights } from './weights.ts';

export type Safetensors = { readonly tensors: HostWeights; readonly metadata: Readonly<Record<string, string>> };

/** A file that is read piece by piece: a file handle, a `Blob`, a server that answers range requests. */
export type ByteSource = {
  /** In bytes. */
  readonly size: number;
  /** The bytes from `begin` up to `end`, exclusive; fewer only if the file was cut meanwhile. */
  read(begin: number, end: number): Promise<Uint8Array>;
};

const LENGTH_BYTES = 8;
const ALIGNMENT = 8;
const MAX_HEADER = 100_000_000; // the reference implementation's limit
const WIDTHS = { F32: 4, F16: 2, BF16: 2 } as const;

/** A whole file in memory. */
export function encodeSafetensors(tensors: HostWeights, metadata: Readonly<Record<string, string>> = {}): Uint8Array<ArrayBuffer> {
  const parts = safetensorsParts(tensors, metadata);
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A file as the parts to write one after the other: its header, then each tensor's own memory, of which nothing is copied. */
export function safetensorsParts(tensors: HostWeights, metadata: Readonly<Record<string, string>> = {}): Uint8Array[] {
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header.push([name, { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] }]);
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const head = new Uint8Array(LENGTH_BYTES + headerBytes).fill(0x20, LENGTH_BYTES); // padded with spaces, as the format asks
  new DataView(head.buffer).setBigUint64(0, BigInt(headerBytes), true);
  head.set(json, LENGTH_BYTES);
  return [head, ...Object.values(tensors).map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/**
 * A file that is in memory. Tensors of F32 are views of `bytes`, not copies, where they lie on a multiple of 4.
 *
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} naming the tensor, if the bytes are cut short, not safetensors, hold a dtype other than F32, F16, BF16, or if the
 *   header lies: offsets out of range, tensors that overlap, bytes that belong to none.
 */
export function decodeSafetensors(bytes: Uint8Array, source = 'safetensors'): Safetensors {
  const headerBytes = headerLength(bytes.subarray(0, LENGTH_BYTES), bytes.length, source);
  const dataBegin = LENGTH_BYTES + headerBytes;
  const { entries, metadata } = parseHeader(bytes.subarray(LENGTH_BYTES, dataBegin), bytes.length - dataBegin, source);
  const tensors = entries.map((entry) => {
    return [entry.name, toTensor(entry, bytes.subarray(dataBegin + entry.begin, dataBegin + entry.end))] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

/**
 * A file that is read tensor by tensor, each straight into the memory in which it stays: loading takes the tensors' size and no more.
 *
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} as `decodeSafetensors`.
 */
export async function readSafetensors(file: ByteSource, source = 'safetensors'): Promise<Safetensors> {
  const read = async (begin: number, end: number, what: string) => {
    const bytes = await file.read(begin, end);
    if (bytes.length === end - begin) return bytes;
    throw new FormatError(`${source}: cut short while being read: ${what} has ${bytes.length} of its ${end - begin} bytes`);
  };
  const headerBytes = headerLength(await read(0, Math.min(LENGTH_BYTES, file.size), 'its first number'), file.size, source);
  const dataBegin = LENGTH_BYTES + headerBytes;
  const json = await read(LENGTH_BYTES, dataBegin, 'its header');
  const { entries, metadata } = parseHeader(json, file.size - dataBegin, source);
  const tensors: [string, HostTensor][] = [];
  for (const entry of entries) {
    const bytes = await read(dataBegin + entry.begin, dataBegin + entry.end, `tensor '${entry.name}'`);
    tensors.push([entry.name, toTensor(entry, bytes)]);
  }
  return { tensors: Object.fromEntries(tensors), metadata };
}

type Entry = {
  readonly name: string;
  readonly dtype: keyof typeof WIDTHS;
  readonly shape: readonly number[];
  /** Bytes behind the header. */
  readonly begin: number;
  readonly end: number;
};

function headerLength(start: Uint8Array, fileBytes: number, source: string): number {
  if (start.length < LENGTH_BYTES) {
    throw new FormatError(`${source}: only ${fileBytes} bytes; a safetensors file has at least ${LENGTH_BYTES}`);
  }
  const pickled = isPickle(start);
  const bytes = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  if (bytes > MAX_HEADER) {
    const what = pickled ? 'a pickle, which can run code and is never read; save it as safetensors in Python' : 'not a safetensors file';
    throw new FormatError(`${source}: ${what}: its header would be ${bytes} bytes`);
  }
  if (LENGTH_BYTES + bytes > fileBytes) {
    throw new FormatError(`${source}: cut short: the header needs ${LENGTH_BYTES + bytes} bytes, the file has ${fileBytes}`);
  }
  return bytes;
}

/** PyTorch's `.bin` and `.pt`: a zip archive, or in older ones a pickle of protocol 2 and above. */
function isPickle(start: Uint8Array): boolean {
  const [first, second, third, fourth] = start;
  return (first === 0x50 && second === 0x4b && third === 3 && fourth === 4) || (first === 0x80 && second! >= 2 && second! <= 5);
}

/** @returns The entries in the order of their bytes. */
function parseHeader(json: Uint8Array, dataBytes: number, source: string): { entries: Entry[]; metadata: Record<string, string> } {
  const fail = (reason: string, cause?: unknown): never => {
    throw new FormatError(`${source}: ${reason}`, { cause });
  };
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (cause) {
    return fail('not a safetensors file: its header is not JSON', cause);
  }
  if (!isRecord(header)) return fail(`not a safetensors file: its header is ${shown(header)}, not an object`);
  const { __metadata__: metadata = {}, ...rest } = header;
  if (!isRecord(metadata)) return fail(`__metadata__ is ${shown(metadata)}; it must be an object of texts`);
  for (const [key, text] of Object.entries(metadata)) {
    if (typeof text !== 'string') fail(`__metadata__ '${key}' is ${shown(text)}; it must be a text`);
  }
  const entries = Object.entries(rest).map(([name, entry]) => parseEntry(name, entry, dataBytes, `${source}: tensor '${name}'`));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  let previous = '';
  for (const { name, begin, end } of entries) {
    if (begin < covered) fail(`tensor '${name}' begins at byte ${begin}, within '${previous}', which ends at ${covered}`);
    if (begin > covered) fail(`bytes ${covered} to ${begin}, before tensor '${name}', belong to no tensor`);
    covered = end;
    previous = name;
  }
  if (covered < dataBytes) fail(`the last ${dataBytes - covered} bytes belong to no tensor`);
  return { entries, metadata: metadata as Record<string, string> };
}

function parseEntry(name: string, value: unknown, dataBytes: number, what: string): Entry {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  if (!isSizes(shape)) throw new FormatError(`${what} has no valid shape: ${shown(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw new FormatError(`${what} has no valid data_offsets: ${shown(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  if (end > dataBytes) throw new FormatError(`${what} is cut short: it ends at byte ${end} of ${dataBytes}`);
  if (!isDtype(dtype)) throw new FormatError(`${what} is ${shown(dtype)}; ${Object.keys(WIDTHS).join(', ')} can be read`);
  const needed = shape.reduce((product, length) => product * length, WIDTHS[dtype]);
  if (end - begin !== needed) throw new FormatError(`${what} is [${shape}] ${dtype} in ${end - begin} bytes; it needs ${needed}`);
  return { name, dtype, shape, begin, end };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0);

const isDtype = (value: unknown): value is Entry['dtype'] => typeof value === 'string' && Object.hasOwn(WIDTHS, value);

function toTensor({ dtype, shape }: Entry, bytes: Uint8Array): HostTensor {
  const width = WIDTHS[dtype];
  const { buffer, byteOffset, length } = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  if (dtype === 'F32') return { shape, data: new Float32Array(buffer, byteOffset, length / width) };
  const halves = new Uint16Array(buffer, byteOffset, length / width);
  return { shape, data: dtype === 'BF16' ? fromBfloat16(halves) : Float32Array.from(halves, float16) };
}

/** The upper halves of float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

function float16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
