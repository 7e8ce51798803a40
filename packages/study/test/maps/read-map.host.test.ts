import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { FormatError } from '@rddpm/core';
import { TextReader, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { encodeNpy } from '../../src/maps/npy.ts';
import { readMap } from '../../src/maps/read-map.ts';
import { golden } from './golden.ts';
import { tiffOf } from './tiff-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'rddpm-maps-'));

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** What `readMap` throws for a file with these bytes. */
async function refusal(name: string, bytes: Uint8Array): Promise<string> {
  const path = file(name, bytes);
  const error = await readMap(path).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(FormatError);
  const { message } = error as FormatError;
  expect(message.startsWith(path)).toBe(true);
  return message.slice(path.length);
}

describe('maps that Python has written', () => {
  test.each(golden.files)('$name comes to the bit', async ({ name, array, values, file: content }) => {
    const extension = name.slice(name.lastIndexOf('.'));
    const { data, width, height } = await readMap(file(`golden${extension}`, Buffer.from(content, 'base64')));
    expect([width, height]).toEqual([golden.width, golden.height]);
    expect(data.constructor.name).toBe(array);
    const odd = [...data].findIndex((value, i) => !Object.is(value, values[i]));
    expect([odd, data.length]).toEqual([-1, values.length]);
  });

  test('are in all formats', () => {
    const count = (extension: string) => golden.files.filter(({ name }) => name.endsWith(extension)).length;
    for (const extension of ['.npy', '.npz', '.tiff', '.tif', '.png']) expect([extension, count(extension) > 2]).toEqual([extension, true]);
  });

  test('the extension may be in upper case', async () => {
    const bytes = encodeNpy({ shape: [1, 2], data: Float32Array.of(3, 4) });
    expect(await readMap(file('SHOUTED.NPY', bytes))).toEqual({ data: Float32Array.of(3, 4), width: 2, height: 1 });
  });
});

describe('a map of any format', () => {
  const nan = Float32Array.of(0, 1, 2, 3, 4, Number.NaN);
  const infinite = Float64Array.of(0, Number.NEGATIVE_INFINITY, 0, 0, 0, 0);

  test('must hold finite numbers, and the pixel that does not is named', async () => {
    expect(await refusal('nan.npy', encodeNpy({ shape: [2, 3], data: nan }))).toBe(
      ': is NaN at x = 2, y = 1; scores must be finite numbers',
    );
    expect(await refusal('infinite.npy', encodeNpy({ shape: [2, 3], data: infinite }))).toContain('is -Infinity at x = 1, y = 0');
    expect(await refusal('nan.npz', await zipOf({ 'arr_0.npy': encodeNpy({ shape: [2, 3], data: nan }) }))).toContain(
      'NaN at x = 2, y = 1',
    );
    expect(await refusal('nan.tiff', tiffOf({ width: 3, height: 2, values: nan }))).toContain('is NaN at x = 2, y = 1');
    expect(await refusal('infinite.tiff', tiffOf({ width: 3, height: 2, values: infinite }))).toContain('is -Infinity at x = 1, y = 0');
  });

  test.each(['.npy', '.npz', '.tiff', '.tif', '.png'])('%s must not be empty, nor text', async (extension) => {
    const right = { '.npy': 'not an .npy file', '.npz': 'not a whole .npz file', '.png': 'not a PNG file' }[extension] ?? 'not a TIFF file';
    expect(await refusal(`empty${extension}`, new Uint8Array())).toContain(right);
    expect(await refusal(`text${extension}`, new TextEncoder().encode('x,y,score\n'.repeat(100)))).toContain(right);
  });

  test('has an extension that is known', async () => {
    expect(await refusal('map.jpg', new Uint8Array())).toBe(': maps are read from .npy, .npz, .tiff, .tif, .png, not from .jpg');
    expect(await refusal('map', new Uint8Array())).toMatch(/not from a file without extension$/);
    expect(await refusal('map.toString', new Uint8Array())).toMatch(/not from \.toString$/);
  });
});

describe('an array', () => {
  test.each([
    [[4], /is \[4\]; a map must be \[height, width\]/],
    [[1], /is \[1\]/],
    [[], /is \[\]/],
    [[2, 3, 4], /is \[2,3,4\]/],
    [[1, 2, 3, 4], /is \[1,2,3,4\]/],
    [[0, 4], /is \[0,4\]/],
  ])('of shape %j is no map', async (shape, message) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    expect(await refusal('shape.npy', encodeNpy({ shape, data }))).toMatch(message);
  });

  test.each([
    [[1, 1, 3], 1, 3],
    [[3, 1], 3, 1],
    [[1, 1], 1, 1],
    [[1, 3, 2, 1], 3, 2],
  ])('of shape %j is a map of height %i and width %i', async (shape, height, width) => {
    const data = new Float32Array(height * width).map((_, i) => i);
    expect(await readMap(file('shape.npy', encodeNpy({ shape, data })))).toEqual({ data, width, height });
  });
});

async function zipOf(files: Readonly<Record<string, Uint8Array | string>>, options = {}): Promise<Uint8Array> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false, ...options });
  for (const [name, content] of Object.entries(files)) {
    await zip.add(name, typeof content === 'string' ? new TextReader(content) : new Uint8ArrayReader(content));
  }
  return zip.close();
}

describe('an .npz', () => {
  const map = encodeNpy({ shape: [8, 8], data: Float32Array.from({ length: 64 }, (_, i) => i) });

  test.each([
    ['no array', {}, {}, /holds 0 arrays/],
    ['two arrays', { 'map.npy': map, 'mask.npy': map }, {}, /holds 2 arrays \(map, mask\); save the map alone: numpy.savez\(path, map\)/],
    ['twelve arrays', Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${i}.npy`, map])), {}, /holds 12 arrays \(0, .*, 9, …\)/],
    ['something else', { 'readme.txt': 'a map' }, {}, /readme\.txt: not an \.npy file/],
    ['an encrypted array', { 'map.npy': map }, { password: 'secret' }, /no readable array \(map\)/],
    ['three axes', { 'map.npy': encodeNpy({ shape: [2, 2, 2], data: new Float32Array(8) }) }, {}, /is \[2,2,2\]/],
  ])('of %s is refused', async (_, files, options, message) => {
    expect(await refusal('map.npz', await zipOf(files as Record<string, Uint8Array>, options))).toMatch(message);
  });

  test('in which a byte of the array has changed fails its checksum', async () => {
    const stored = await zipOf({ 'map.npy': map }, { level: 0 });
    stored[Buffer.from(stored).indexOf('NUMPY') + 200]! ^= 1;
    expect(await refusal('map.npz', stored)).toMatch(/not a whole \.npz file \(.*CRC32.*\); numpy\.savez\(path, map\) writes one/i);
  });

  test('that claims to hold more than its bytes can is refused before anything is made', async () => {
    const zip = await zipOf({ 'map.npy': map });
    const directory = Buffer.from(zip).indexOf('PK\x01\x02', 0, 'latin1');
    new DataView(zip.buffer, zip.byteOffset).setUint32(directory + 24, 4_000_000_000, true);
    expect(await refusal('map.npz', zip)).toMatch(/map\.npy claims 4000000000 bytes, the file has \d+/);
  });

  test('cut short is refused, with the cause', async () => {
    const path = file('short.npz', (await zipOf({ 'map.npy': map })).subarray(0, -30));
    await expect(readMap(path)).rejects.toMatchObject({ name: 'FormatError', cause: expect.any(Error) });
  });
});

describe('a TIFF', () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  const whole = { width: 3, height: 2, values };

  test('made by hand is read', async () => {
    expect(await readMap(file('map.tiff', tiffOf(whole)))).toEqual({ data: values, width: 3, height: 2 });
  });

  test.each([
    ['of another format', new TextEncoder().encode('II*'), /not a TIFF file; tifffile\.imwrite/],
    ['in RGB', tiffOf({ width: 2, height: 1, values, tags: { 262: 2, 277: 3 } }), /is a picture in RGB, not a map of scores/],
    ['of a palette', tiffOf({ ...whole, tags: { 262: 3 } }), /picture in colours of a palette/],
    ['in which white is smallest', tiffOf({ ...whole, tags: { 262: 0 } }), /photometric interpretation 0, not 1/],
    ['that is turned', tiffOf({ ...whole, tags: { 274: 6 } }), /orientation 6, not 1/],
    ['compressed as JPEG', tiffOf({ ...whole, tags: { 259: 7 } }), /compressed by method 7; none, LZW, deflate and PackBits are read/],
    ['of single bits', tiffOf({ ...whole, tags: { 258: 1, 339: 1 } }), /unsigned values of 1 bits/],
    ['of complex numbers', tiffOf({ ...whole, tags: { 339: 6 } }), /other values of 32 bits/],
    ['without pixels', tiffOf({ ...whole, tags: { 256: 0 } }), /is 0x2; a map has pixels/],
    ['that is gigantic', tiffOf({ ...whole, tags: { 256: 4_000_000_000, 257: 4_000_000_000 } }), /claims 4000000000x4000000000 pixels/],
    ['that is gigantic if deflated', tiffOf({ ...whole, tags: { 256: 60_000, 257: 60_000, 259: 8 } }), /claims 60000x60000 pixels/],
    ['whose strips are too few', tiffOf({ ...whole, tags: { 278: 1 } }), /has 1 blocks of pixels; 2 of 3x1 make its 3x2/],
    ['whose strip lies outside', tiffOf({ ...whole, tags: { 273: 4000 } }), /cut short/],
    ['whose tags are text', tiffOf({ ...whole, types: { 256: 2 } }), /tag 256 is of type 2/],
    ['whose first directory lies outside', tiffOf(whole).fill(0xff, 4, 8), /cut short/],
    ['cut short', tiffOf(whole).subarray(0, -1), /cut short/],
    ['of two images', tiffOf({ ...whole, next: 8 }), /holds more than one image/],
    ['of damaged deflate', tiffOf({ ...whole, tags: { 259: 8 } }), /can't be decoded \(.*\); tifffile\.imwrite/s],
    ['of damaged deflate and 64 bits', tiffOf({ ...whole, values: new Float64Array(6), tags: { 259: 8 } }), /can't be decoded/],
    [
      'of 64 bits with a predictor',
      tiffOf({ ...whole, values: new Float64Array(6), tags: { 317: 3, 259: 8 } }),
      /64 bits.*with predictor 3/,
    ],
  ])('%s is refused', async (_, bytes, message) => {
    expect(await refusal('map.tiff', bytes)).toMatch(message);
  });
});

describe('a PNG', () => {
  const grey = (channels: 1 | 2 | 3 | 4) =>
    sharp({ create: { width: 4, height: 3, channels: 3, background: '#456' } }).toColourspace(channels < 3 ? 'b-w' : 'srgb');
  const pixels = Uint8Array.from({ length: 12 }, (_, i) => i);
  const plain = () =>
    sharp(pixels, { raw: { width: 4, height: 3, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();

  /** `bytes` with another chunk behind the header. */
  function withChunk(bytes: Uint8Array, type: string, content: Uint8Array): Uint8Array {
    const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from(type), content, Buffer.alloc(4)]);
    chunk.writeUInt32BE(content.length, 0);
    chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
    return Buffer.concat([bytes.subarray(0, 33), chunk, bytes.subarray(33)]);
  }

  /** `bytes` with another header, whose checksum is right. */
  function withHeader(bytes: Buffer, change: (header: Buffer) => void): Buffer {
    const changed = Buffer.from(bytes);
    change(changed.subarray(16, 29));
    changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
    return changed;
  }

  test('of one grey channel is read, gamma or not', async () => {
    const expected = { data: Float32Array.from(pixels), width: 4, height: 3 };
    expect(await readMap(file('map.png', await plain()))).toEqual(expected);
    expect(await readMap(file('map.png', withChunk(await plain(), 'gAMA', Uint8Array.of(0, 0, 0x27, 0x10))))).toEqual(expected);
  });

  test.each([
    [
      'of colours',
      () => grey(3).png().toBuffer(),
      /is a picture in RGB, not a map of scores; a map must have one grey channel of 8 or 16 bits/,
    ],
    ['of colours and alpha', () => grey(3).ensureAlpha().png().toBuffer(), /picture in RGB with alpha/],
    ['of a palette', () => grey(3).png({ palette: true }).toBuffer(), /picture in colours of a palette/],
    ['of grey and alpha', async () => withHeader(await plain(), (header) => header.writeUInt8(4, 9)), /picture in grey with alpha/],
    ['of single bits', async () => withHeader(await plain(), (header) => header.writeUInt8(1, 8)), /has 1 bits per pixel/],
    ['with a transparent grey', async () => withChunk(await plain(), 'tRNS', Uint8Array.of(0, 5)), /has a transparent grey/],
    ['that moves', async () => withChunk(await plain(), 'acTL', new Uint8Array(8)), /is an animation; a map must be one image/],
    [
      'that is gigantic',
      async () => withHeader(await plain(), (header) => header.writeUInt32BE(2 ** 31 - 1, 0)),
      /claims 2147483647x3 pixels/,
    ],
    ['without rows', async () => withHeader(await plain(), (header) => header.writeUInt32BE(0, 4)), /cut short or damaged/],
    ['cut short', async () => (await plain()).subarray(0, -20), /cut short or damaged/],
    ['with a byte of its pixels changed', async () => Buffer.from(await plain()).fill(0x55, 65, 66), /cut short or damaged/],
  ])('%s is refused', async (_, make, message) => {
    expect(await refusal('map.png', await make())).toMatch(message);
  });
});
