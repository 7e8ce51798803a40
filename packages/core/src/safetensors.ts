/**
 * The safetensors file format: an 8-byte little-endian length, that many bytes of JSON, then the tensors' bytes.
 * F32, F16 and BF16 are read, as float32; F32 is written.
 *
 * @see https://huggingface.co/docs/safetensors, https://github.com/huggingface/safetensors#format
 */
import { FormatError } from './errors.ts';
import type { HostTensor, HostWeights } from './weights.ts';

export type Safetensors = { readonly tensors: HostWeights; readonly metadata: Readonly<Record<string, string>> };

const ALIGNMENT = 8;
const MAX_HEADER = 100_000_000; // the reference implementation's limit

export function encodeSafetensors(tensors: HostWeights, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + headerBytes + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, 8, 8 + headerBytes); // padded with spaces, as the format asks
  bytes.set(json, 8);
  let at = 8 + headerBytes;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * @param source Named in errors, such as the file's path.
 * @throws {FormatError} if the bytes are cut short, not safetensors, or hold a dtype other than F32, F16, BF16.
 */
export function decodeSafetensors(bytes: Uint8Array, source = 'safetensors'): Safetensors {
  const fail = (reason: string, cause?: unknown): never => {
    throw new FormatError(`${source}: ${reason}`, { cause });
  };
  if (bytes.length < 8) return fail(`only ${bytes.length} bytes; a safetensors file has at least 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > MAX_HEADER) return fail(`not a safetensors file: its header would be ${headerBytes} bytes`);
  if (8 + headerBytes > bytes.length) return fail(`cut short: the header needs ${8 + headerBytes} bytes, the file has ${bytes.length}`);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + headerBytes)));
  } catch (error) {
    return fail('not a safetensors file: its header is not JSON', error);
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  const data = bytes.subarray(8 + headerBytes);
  const tensors = Object.entries(entries).map(([name, entry]) => [name, readTensor(data, entry, `${source}: tensor '${name}'`)] as const);
  return { tensors: Object.fromEntries(tensors), metadata: metadata as Record<string, string> };
}

function readTensor(data: Uint8Array, entry: unknown, what: string): HostTensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: string; shape?: number[]; data_offsets?: number[] };
  const isSize = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isSize)) throw new FormatError(`${what} has no valid shape`);
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 && offsets.every(isSize) ? (offsets as [number, number]) : [0, -1];
  if (begin > end) throw new FormatError(`${what} has no valid data_offsets`);
  if (end > data.length) throw new FormatError(`${what} is cut short: it ends at byte ${end} of ${data.length}`);
  const width = dtype === 'F32' ? 4 : dtype === 'F16' || dtype === 'BF16' ? 2 : 0;
  if (width === 0) throw new FormatError(`${what} is ${dtype}; F32, F16 and BF16 can be read`);
  const size = shape.reduce((product, length) => product * length, 1);
  if (end - begin !== size * width)
    throw new FormatError(`${what} is [${shape}] ${dtype} in ${end - begin} bytes; it needs ${size * width}`);
  const raw = new Uint8Array(data.subarray(begin, end)); // copied, for offsets need not be aligned; slice() of a Node Buffer would not copy
  if (width === 4) return { shape, data: new Float32Array(raw.buffer) };
  const halves = new Uint16Array(raw.buffer);
  if (dtype === 'BF16') return { shape, data: new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer) };
  return { shape, data: Float32Array.from(halves, float16) };
}

function float16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
