import { FormatError } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { decodeNpy, encodeNpy } from '../../src/maps/npy.ts';

/** The bytes of a version 1 file with this header, and `values` bytes of zeros. */
function fileWith(header: string, values: number, version = 1): Uint8Array {
  const lengthBytes = version === 1 ? 2 : 4;
  const bytes = new Uint8Array(8 + lengthBytes + header.length + values);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  new DataView(bytes.buffer)[version === 1 ? 'setUint16' : 'setUint32'](8, header.length, true);
  bytes.set(new TextEncoder().encode(header), 8 + lengthBytes);
  return bytes;
}

const header = (descr: string, order = 'False', shape = '(2, 3)') =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

describe('npy', () => {
  test.each([
    ['float32', new Float32Array([1, -2.5, 3e-30, 4, 5, 0.1])],
    ['float64', new Float64Array([1, -2.5, 3e-300, 4, 5, 0.1])],
  ])('%s comes back as it was', (_, data) => {
    const decoded = decodeNpy(encodeNpy({ shape: [2, 3], data }), 'map.npy');
    expect(decoded).toEqual({ shape: [2, 3], data });
  });

  test('a Buffer that lies in the middle of another is read as well as an array of its own', () => {
    const file = Buffer.concat([Buffer.from('odd'), encodeNpy({ shape: [2], data: Float32Array.of(1, 2) })]).subarray(3);
    expect(decodeNpy(file, 'map.npy').data).toEqual(Float32Array.of(1, 2));
  });

  test('writes the header that numpy 2 writes', () => {
    // numpy.save(f, numpy.array([[1, 2]], '<f4')), first 128 bytes
    const bytes = encodeNpy({ shape: [1, 2], data: new Float32Array([1, 2]) });
    const text = String.fromCharCode(...bytes.subarray(10, 128));
    expect([...bytes.subarray(0, 10)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
    expect(text.trimEnd()).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }");
    expect(text.at(-1)).toBe('\n');
  });

  test('reads one axis, none, and version 2', () => {
    expect(decodeNpy(encodeNpy({ shape: [3], data: new Float32Array(3) }), 'a').shape).toEqual([3]);
    expect(decodeNpy(fileWith(header('<f4', 'False', '()'), 4), 'a').shape).toEqual([]);
    expect(decodeNpy(fileWith(header('<f4'), 24, 2), 'a').shape).toEqual([2, 3]);
  });

  test.each([
    ['no .npy at all', new TextEncoder().encode('P5 2 3 255 ......'), /not an .npy file/],
    ['an empty file', new Uint8Array(), /not an .npy file/],
    ['big-endian values', fileWith(header('>f4'), 24), /are >f4; save little-endian floats/],
    ['integers', fileWith(header('|u1'), 6), /are \|u1/],
    ['half precision', fileWith(header('<f2'), 12), /are <f2/],
    ['a structured array', fileWith("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }\n", 8), /are structured/],
    ['Fortran order', fileWith(header('<f4', 'True'), 24), /Fortran order; save numpy.ascontiguousarray/],
    ['missing values', fileWith(header('<f4'), 20), /needs \d+ bytes, the file has \d+/],
    ['a header cut short', fileWith(header('<f4'), 0).subarray(0, 30), /cut short/],
  ])('refuses %s, naming the file', (_, bytes, message) => {
    const decode = () => decodeNpy(bytes, 'good/003.npy');
    expect(decode).toThrow(FormatError);
    expect(decode).toThrow(message);
    expect(decode).toThrow(/^good\/003\.npy: /);
  });
});
