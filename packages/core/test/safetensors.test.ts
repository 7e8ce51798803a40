import { decodeSafetensors, encodeSafetensors, FormatError } from '@rddpm/core';
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

describe('decodeSafetensors refuses, naming the source,', () => {
  const bytes = encodeSafetensors(example);
  const withHeader = (header: string) => {
    const json = new TextEncoder().encode(header);
    const file = new Uint8Array(8 + json.length + 8);
    new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
    file.set(json, 8);
    return file;
  };
  test.each([
    ['a few bytes', bytes.subarray(0, 5), /model: only 5 bytes/],
    ['a header that is cut', bytes.subarray(0, 40), /model: cut short/],
    ['a tensor that is cut', bytes.subarray(0, bytes.length - 2), /model: tensor 'a' is cut short/],
    ['something else', new TextEncoder().encode('PNG and so on, at some length'), /model: not a safetensors file/],
    ['a header that is not JSON', withHeader('{"a":'), /header is not JSON/],
    ['another dtype', withHeader('{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}'), /tensor 'a' is I64; F32, F16 and BF16/],
    ['sizes that do not fit', withHeader('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}'), /is \[3\] F32 in 8 bytes; it needs 12/],
    ['negative offsets', withHeader('{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}'), /data_offsets/],
    ['no shape', withHeader('{"a":{"dtype":"F32","data_offsets":[0,4]}}'), /shape/],
  ])('%s', (_, file, message) => {
    expect(() => decodeSafetensors(file, 'model')).toThrow(FormatError);
    expect(() => decodeSafetensors(file, 'model')).toThrow(message);
  });
});
