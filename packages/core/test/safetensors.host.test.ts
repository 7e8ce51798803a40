import { type ByteSource, decodeSafetensors, encodeSafetensors, FormatError, readSafetensors, safetensorsParts } from '@rddpm/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import golden from './goldens/safetensors.json' with { type: 'json' };

const written = Uint8Array.from(atob(golden.base64), (character) => character.charCodeAt(0));
const example = { b: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }, a: { shape: [], data: Float32Array.of(-0.5) } };

test(`reads what ${golden.library} wrote: float32, float16, bfloat16, a scalar, an empty tensor`, () => {
  const { tensors, metadata } = decodeSafetensors(written);
  expect(metadata).toEqual({ format: 'pt' });
  expect(Object.keys(tensors).sort()).toEqual(Object.keys(golden.tensors).sort());
  for (const [name, { shape, data }] of Object.entries<{ shape: number[]; data: number[] }>(golden.tensors)) {
    expect(tensors[name]!.shape).toEqual(shape);
    expect([...tensors[name]!.data]).toEqual([...Float32Array.from(data)]);
  }
});

test('reads back what it wrote, at any offset in memory', () => {
  const bytes = encodeSafetensors(example, { step: '7' });
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  expect(decodeSafetensors(moved.subarray(3))).toEqual({ tensors: example, metadata: { step: '7' } });
});

/** As Node's Buffer. */
class WithViewsForSlices extends Uint8Array {
  override slice(start?: number, end?: number) {
    return this.subarray(start, end);
  }
}

test('reads a Buffer, whose slices are views, as well', () => {
  expect(decodeSafetensors(WithViewsForSlices.from(encodeSafetensors(example))).tensors).toEqual(example);
});

test('float32 tensors are views of the bytes, in the order of the file', () => {
  const bytes = encodeSafetensors(example);
  const { tensors } = decodeSafetensors(bytes);
  expect(Object.values(tensors).every(({ data }) => data.buffer === bytes.buffer)).toBe(true);
  expect(Object.keys(tensors)).toEqual(['b', 'a']);
});

test('the parts to write are the tensors’ own memory behind a header', () => {
  const parts = safetensorsParts(example, { step: '7' });
  expect(parts.slice(1).map(({ buffer }) => buffer)).toEqual([example.b.data.buffer, example.a.data.buffer]);
  expect(parts.slice(1).every(({ buffer }, i) => buffer === Object.values(example)[i]!.data.buffer)).toBe(true);
  expect(Uint8Array.from(parts.flatMap((part) => [...part]))).toEqual(encodeSafetensors(example, { step: '7' }));
});

/** A file that counts what is asked of it. */
function fileOf(bytes: Uint8Array): ByteSource & { readonly reads: number[] } {
  const reads: number[] = [];
  return {
    size: bytes.length,
    reads,
    async read(begin, end) {
      reads.push(end - begin);
      return bytes.slice(begin, end);
    },
  };
}

test('a file is read tensor by tensor: each byte once', async () => {
  const file = fileOf(written);
  expect(await readSafetensors(file)).toEqual(decodeSafetensors(written));
  expect(file.reads.reduce((sum, length) => sum + length)).toBe(written.length);
  expect(file.reads.length).toBe(2 + Object.keys(golden.tensors).length);
});

test('a file that shrinks while it is read is named', async () => {
  const bytes = encodeSafetensors(example);
  const shrinking: ByteSource = { size: bytes.length, read: async (begin, end) => bytes.slice(begin, Math.min(end, bytes.length - 2)) };
  await expect(readSafetensors(shrinking, 'model')).rejects.toThrow("model: cut short while being read: tensor 'a' has 2 of its 4 bytes");
});

test('a name is a name, whatever it means to JavaScript', () => {
  const tensors = Object.fromEntries([['__proto__', { shape: [1], data: Float32Array.of(1) }]]);
  const { tensors: read } = decodeSafetensors(encodeSafetensors(tensors));
  expect(Object.keys(read)).toEqual(['__proto__']);
});

/** A file of a header and 8 bytes of data. */
const withHeader = (header: string) => {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + 8);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
};

describe('refuses, naming the source,', () => {
  const bytes = encodeSafetensors(example);
  const float = (begin: number, end = begin + 4) => `{"dtype":"F32","shape":[1],"data_offsets":[${begin},${end}]}`;
  const gigantic = bytes.slice();
  new DataView(gigantic.buffer).setBigUint64(0, 2n ** 63n, true);
  test.each([
    ['a few bytes', bytes.subarray(0, 5), /model: only 5 bytes/],
    ['a header that is cut', bytes.subarray(0, 40), /model: cut short/],
    ['a tensor that is cut', bytes.subarray(0, bytes.length - 2), /model: tensor 'a' is cut short/],
    ['nothing', new Uint8Array(), /model: only 0 bytes/],
    ['something else', new TextEncoder().encode('PNG and so on, at some length'), /model: not a safetensors file/],
    ['a gigantic header', gigantic, /model: not a safetensors file: its header would be 9223372036854776000 bytes/],
    ['a pickle in a zip archive', new TextEncoder().encode('PK\x03\x04 and then archive/data.pkl'), /model: a pickle, which can run code/],
    ['a bare pickle', Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9), /model: a pickle, which can run code/],
    ['a header that is a list', withHeader('[1]'), /its header is \[1\], not an object/],
    [
      'tensors that overlap',
      withHeader(`{"a":${float(0)},"b":${float(2, 6)}}`),
      /tensor 'b' begins at byte 2, within 'a', which ends at 4/,
    ],
    ['one tensor twice', withHeader(`{"a":${float(0)},"b":${float(0)}}`), /tensor 'b' begins at byte 0, within 'a', which ends at 4/],
    ['a hole', withHeader(`{"a":${float(4)}}`), /bytes 0 to 4, before tensor 'a', belong to no tensor/],
    ['bytes to spare', withHeader(`{"a":${float(0)}}`), /the last 4 bytes belong to no tensor/],
    ['offsets out of range', withHeader(`{"a":${float(0)},"b":${float(8)}}`), /tensor 'b' is cut short: it ends at byte 12 of 8/],
    ['a shape beyond all bounds', withHeader('{"a":{"dtype":"F32","shape":[1e15,1e15],"data_offsets":[0,8]}}'), /is \[.*\] F32 in 8 bytes/],
    ['metadata that is no text', withHeader('{"__metadata__":{"step":7}}'), /__metadata__ 'step' is 7; it must be a text/],
    ['an inherited dtype', withHeader('{"a":{"dtype":"toString","shape":[2],"data_offsets":[0,8]}}'), /tensor 'a' is "toString"/],
    ['a header that is not JSON', withHeader('{"a":'), /header is not JSON/],
    [
      'another dtype',
      withHeader('{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}'),
      /tensor 'a' is "I64"; F32, F16, BF16 can be read/,
    ],
    ['sizes that do not fit', withHeader('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}'), /is \[3\] F32 in 8 bytes; it needs 12/],
    ['negative offsets', withHeader('{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}'), /data_offsets/],
    [
      'a shape of shapes of shapes',
      withHeader(`{"a":{"shape":${'['.repeat(1e5)}${']'.repeat(1e5)}}}`),
      /tensor 'a' has no valid shape: (nested too deeply to show|\[{80} …)$/,
    ],
    ['no shape', withHeader('{"a":{"dtype":"F32","data_offsets":[0,4]}}'), /shape/],
  ])('%s', async (_, file, message) => {
    expect(() => decodeSafetensors(file, 'model')).toThrow(FormatError);
    expect(() => decodeSafetensors(file, 'model')).toThrow(message);
    await expect(readSafetensors(fileOf(file), 'model')).rejects.toThrow(message);
  });
});

describe('whatever the bytes, there are tensors or a FormatError', () => {
  const outcome = async (decode: () => unknown) => {
    try {
      return await decode();
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      return (error as Error).message;
    }
  };
  const agree = async (file: Uint8Array) => {
    expect(await outcome(() => readSafetensors(fileOf(file)))).toEqual(await outcome(() => decodeSafetensors(file)));
  };

  test('a valid file with a few bytes changed, and cut', async () => {
    const change = fc.tuple(fc.nat(written.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 4 }), fc.nat(written.length), async (changes, cut) => {
        const file = written.slice(0, written.length - (cut % 7 === 0 ? cut : 0));
        for (const [at, byte] of changes) if (at < file.length) file[at] = byte;
        await agree(file);
      }),
      { numRuns: 300 },
    );
  });

  test('a header of any JSON', async () => {
    const size = fc.oneof(fc.integer({ min: -1, max: 9 }), fc.double(), fc.constantFrom(2 ** 53, 1e300, null));
    const entry = fc.record(
      {
        dtype: fc.constantFrom('F32', 'F16', 'BF16', 'I8', null),
        shape: fc.array(size, { maxLength: 3 }),
        data_offsets: fc.array(size, { maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    const header = fc.oneof(
      fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(entry, fc.jsonValue({ maxDepth: 2 })), { maxKeys: 3 }),
      fc.jsonValue(),
    );
    await fc.assert(
      fc.asyncProperty(header, (value) => agree(withHeader(JSON.stringify(value)))),
      { numRuns: 300 },
    );
  });
});
