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

  test('what numpy.save aligned is not copied', () => {
    const file = encodeNpy({ shape: [2], data: Float32Array.of(1, 2) });
    const { data } = decodeNpy(file, 'map.npy');
    expect(data.buffer).toBe(file.buffer);
  });

  test('big-endian values are turned in a copy: the bytes stay as they were', () => {
    const file = fileWith(header('>f4', 'False', '(1,)'), 4);
    new DataView(file.buffer).setFloat32(file.length - 4, 1.5, false);
    const before = file.slice();
    expect(decodeNpy(file, 'map.npy').data).toEqual(Float32Array.of(1.5));
    expect(file).toEqual(before);
  });

  test('any number of axes in Fortran order comes in row-major order', () => {
    const file = fileWith(header('|u1', 'True', '(2, 3, 2)'), 12);
    for (let i = 0; i < 12; i++) file[file.length - 12 + i] = i; // the first axis runs fastest: [a, b, c] is a + 2b + 6c
    expect([...decodeNpy(file, 'map.npy').data]).toEqual([0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
  });

  test('the sizes that Python 2 wrote are read', () => {
    expect(decodeNpy(fileWith(header('<f4', 'False', '(2L, 3L)'), 24), 'a').shape).toEqual([2, 3]);
  });

  test('reads one axis, none, and version 2', () => {
    expect(decodeNpy(encodeNpy({ shape: [3], data: new Float32Array(3) }), 'a').shape).toEqual([3]);
    expect(decodeNpy(fileWith(header('<f4', 'False', '()'), 4), 'a').shape).toEqual([]);
    expect(decodeNpy(fileWith(header('<f4'), 24, 2), 'a').shape).toEqual([2, 3]);
  });

  test.each([
    ['no .npy at all', new TextEncoder().encode('P5 2 3 255 ......'), /not an .npy file/],
    ['an empty file', new Uint8Array(), /not an .npy file/],
    ['complex numbers', fileWith(header('<c8'), 48), /are <c8; save real numbers/],
    ['Python objects', fileWith(header('|O'), 48), /are \|O; save real numbers/],
    ['a dtype that a table might inherit', fileWith(header('<toString'), 24), /are <toString; save real numbers/],
    ['text', fileWith(header('<U1'), 24), /are <U1/],
    ['a version that numpy has not made', fileWith(header('<f4'), 24, 4), /version 4; numpy.save writes versions 1 to 3/],
    ['a header without end', fileWith(header('<f4').padEnd(70_000), 24, 2), /header claims 70000 bytes/],
    ['negative sizes', fileWith(header('<f4', 'False', '(-2, -3)'), 24), /not that of a plain array/],
    ['sizes whose product is gigantic', fileWith(header('<f4', 'False', `(${'99999999, '.repeat(60)})`), 24), /needs Infinity bytes/],
    [
      'more pixels than bytes',
      fileWith(header('<f4', 'False', '(4000000000, 4000000000)'), 24),
      /needs 64000000000000000000 bytes, the file has/,
    ],
    [
      'an integer that no float64 is',
      fileWith(header('<i8', 'False', '(1,)'), 8)
        .fill(0xff, -8)
        .fill(0x7f, -1),
      /9223372036854775807, which has no exact/,
    ],
    ['a header that is nonsense', fileWith('{}', 24), /not that of a plain array/],
    ['a structured array', fileWith("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }\n", 8), /are structured/],
    ['values too many', fileWith(header('<f4'), 28), /needs \d+ bytes, the file has \d+/],
    ['missing values', fileWith(header('<f4'), 20), /needs \d+ bytes, the file has \d+/],
    ['a header cut short', fileWith(header('<f4'), 0).subarray(0, 30), /cut short/],
  ])('refuses %s, naming the file', (_, bytes, message) => {
    const decode = () => decodeNpy(bytes, 'good/003.npy');
    expect(decode).toThrow(FormatError);
    expect(decode).toThrow(message);
    expect(decode).toThrow(/^good\/003\.npy: /);
  });
});
