import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, FormatError } from '@rddpm/core';
import sharp from 'sharp';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { folderSource } from '../../src/node.ts';
import { bmpOf } from '../bmp-of.ts';
import { pngOf } from '../png-of.ts';
import { tiffOf } from './tiff-of.ts';

const folder = await mkdtemp(join(tmpdir(), 'rddpm-'));
afterAll(() => rm(folder, { recursive: true }));
const source = folderSource(folder);
const raw = (pixels: readonly number[], width: number, height: number, channels: 1 | 2 | 3 | 4) =>
  sharp(Uint8Array.from(pixels), { raw: { width, height, channels } });
const ramp = (length: number, step: number) => Array.from({ length }, (_, i) => (i * step) % 256);

/** A folder with these files, empty ones. */
async function folderOf(...paths: string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rddpm-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const path of paths) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), '');
  }
  return root;
}

describe('list', () => {
  test('gives every file, nested and hidden ones too, with slashes, by code unit', async () => {
    const root = await folderOf('train/good/000.png', 'license.txt', '.hidden/a.png', 'Z.png', 'fu\u0308hler.png', 'fühler.png');
    expect(await folderSource(root).list()).toEqual(
      ['.hidden/a.png', 'Z.png', 'fu\u0308hler.png', 'fühler.png', 'license.txt', 'train/good/000.png'].sort(),
    );
  });

  test('says which folder is missing', async () => {
    const missing = folderSource(join(folder, 'botle'));
    await expect(missing.list()).rejects.toThrow(FormatError);
    await expect(missing.list()).rejects.toThrow(/botle does not exist; it must be a data set's folder/);
  });

  test('says when it is a file', async () => {
    const root = await folderOf('license.txt');
    await expect(folderSource(join(root, 'license.txt')).list()).rejects.toThrow(/license\.txt is a file/);
  });

  test('follows links to files and folders', async () => {
    const root = await folderOf('set/a.png');
    const elsewhere = await folderOf('good/0.png', 'b.png');
    await symlink(join(elsewhere, 'good'), join(root, 'set', 'good'));
    await symlink(join(elsewhere, 'b.png'), join(root, 'set', 'b.png'));
    await symlink(join(root, 'set'), join(root, 'link'));
    expect(await folderSource(join(root, 'link')).list()).toEqual(['a.png', 'b.png', 'good/0.png']);
  });

  test('marks links that lead in a circle, or to nothing, and goes on', async () => {
    const root = await folderOf('a/x.png', 'b/y.png');
    await symlink(root, join(root, 'a', 'up'));
    await symlink(join(root, 'b'), join(root, 'a', 'b'));
    await symlink(join(root, 'a'), join(root, 'b', 'a'));
    await symlink(join(root, 'gone'), join(root, 'dangling.png'));
    await symlink(join(root, 'gone'), join(root, 'dangling'));
    await symlink(join(root, 'itself'), join(root, 'itself'));
    const linked = folderSource(root);
    expect(await linked.list()).toEqual([
      'a/b/a/',
      'a/b/y.png',
      'a/up/',
      'a/x.png',
      'b/a/b/',
      'b/a/up/',
      'b/a/x.png',
      'b/y.png',
      'dangling.png',
      'dangling/',
      'itself/',
    ]);
    await expect(linked.read('a/up/')).rejects.toThrow(/up is a link to a folder that it lies in/);
    await expect(linked.read('dangling/')).rejects.toThrow(/dangling is a link to nothing/);
    await expect(linked.read('dangling.png')).rejects.toThrow(/dangling\.png is a link to nothing/);
    await expect(linked.read('itself/')).rejects.toThrow(/itself is a link to itself/);
  });

  test('marks a folder that may not be read, and goes on', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'root may read every folder');
    const root = await folderOf('shut/a.png', 'b.png');
    await chmod(join(root, 'shut'), 0);
    onTestFinished(() => chmod(join(root, 'shut'), 0o700)); // runs before the folder is removed
    expect(await folderSource(root).list()).toEqual(['b.png', 'shut/']);
    await expect(folderSource(root).read('shut/')).rejects.toThrow(/shut may not be read: permission denied/);
  });
});

describe('read', () => {
  test('names a file that has vanished', async () => {
    const reading = source.read('test/gone.png');
    await expect(reading).rejects.toThrow(FormatError);
    await expect(reading).rejects.toThrow(`folderSource: ${join(folder, 'test', 'gone.png')} does not exist`);
  });

  test('does not read devices or pipes, which may never end', async ({ skip }) => {
    skip(process.platform === 'win32', 'Windows has no devices among its files');
    const root = await folderOf('a.png');
    await symlink('/dev/null', join(root, 'device.png'));
    const linked = folderSource(root);
    expect(await linked.list()).toEqual(['a.png', 'device.png']);
    await expect(linked.read('device.png')).rejects.toThrow(/device\.png is not a file/);
  });
});

describe('8 bits', () => {
  const bytesOf = { 1: ramp(6, 50), 2: ramp(12, 21), 3: ramp(18, 14), 4: ramp(24, 10) };

  test.each([
    ['png', 1],
    ['png', 2],
    ['png', 3],
    ['png', 4],
    ['tiff', 1],
    ['tiff', 2],
    ['tiff', 3],
    ['tiff', 4],
    ['webp', 3],
    ['webp', 4],
  ] as const)('are as they are, alpha too: %s of %i channels', async (format, channels) => {
    const picture = raw(bytesOf[channels], 3, 2, channels).toColourspace(channels < 3 ? 'b-w' : 'srgb');
    // sharp's own TIFF and PNG writers leave out the alpha of gray
    const bytes =
      channels !== 2
        ? await picture.toFormat(format, { lossless: true, exact: true, compression: 'lzw' }).toBuffer()
        : format === 'png'
          ? pngOf({ width: 3, height: 2, bits: 8, colour: 4, samples: bytesOf[2] })
          : tiffOf({ width: 3, height: 2, channels: 2, values: Uint8Array.from(bytesOf[2]) });
    expect(await source.decode(bytes)).toEqual({ width: 3, height: 2, channels, data: Uint8Array.from(bytesOf[channels]) });
    expect(await source.inspect(bytes)).toEqual({
      width: 3,
      height: 2,
      format,
      type: 'uint8',
      channels,
      hasAlpha: channels % 2 === 0,
      orientation: 1,
      pages: 1,
    });
  });

  test('RGB of equal numbers stays RGB, and gray gray', async () => {
    const rgb = await raw([9, 9, 9, 200, 200, 200], 2, 1, 3).png().toBuffer();
    expect(await source.decode(rgb)).toMatchObject({ channels: 3, data: Uint8Array.of(9, 9, 9, 200, 200, 200) });
    const gray = await raw([9, 200], 2, 1, 1).toColourspace('b-w').jpeg({ quality: 100 }).toBuffer();
    expect((await source.decode(gray)).channels).toBe(1);
  });

  test('a colour profile changes no number', async () => {
    const pixels = [250, 10, 20, 10, 240, 30];
    const plain = await raw(pixels, 2, 1, 3).png().toBuffer();
    const profiled = await raw(pixels, 2, 1, 3).withIccProfile('p3').png().toBuffer();
    const stored = await sharp(profiled, { ignoreIcc: true }).raw().toBuffer();
    expect([...stored]).not.toEqual(pixels); // sharp converts when it writes
    expect([...(await source.decode(profiled)).data]).toEqual([...stored]);
    expect([...(await source.decode(plain)).data]).toEqual(pixels);
  });

  test('CMYK becomes RGB: black ink is dark, cyan ink lacks red', async () => {
    const inks = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'rgb(0, 160, 220)' } })
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer();
    expect(await source.inspect(inks)).toMatchObject({ channels: 4, hasAlpha: false, format: 'jpeg' });
    const { channels, data } = await source.decode(inks);
    expect(channels).toBe(3);
    expect(data[0]).toBeLessThan(80);
    expect(data[1]).toBeGreaterThan(120);
    expect(data[2]).toBeGreaterThan(180);
  });

  test('BMP is known by its content', async () => {
    const bytes = bmpOf({ width: 2, height: 1, bits: 8, pixels: [0, 1], palette: [0, 0xffffff] });
    expect(await source.decode(bytes)).toEqual({ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) });
    expect(await source.inspect(bytes)).toMatchObject({ width: 2, height: 1, format: 'bmp' });
  });
});

describe('16 bits', () => {
  const pixels = [0, 1, 255, 256, 4095, 65535, 3, 300, 7, 60000, 5, 4097];

  test.each([1, 2, 3, 4] as const)('are as they are, in PNG and TIFF of %i channels', async (channels) => {
    const [width, height] = [12 / channels, 1];
    const colour = ({ 1: 0, 2: 4, 3: 2, 4: 6 } as const)[channels];
    const raster = { width, height, channels, data: Uint16Array.from(pixels) };
    const png = pngOf({ width, height, bits: 16, colour, samples: pixels });
    const tiff = tiffOf({ width, height, channels, values: Uint16Array.from(pixels) });
    for (const bytes of [png, tiff]) {
      expect(await source.decode(bytes)).toEqual(raster);
      expect(await source.inspect(bytes)).toMatchObject({ type: 'uint16', channels, hasAlpha: channels % 2 === 0 });
    }
  });
});

describe('other numbers are floats, the very ones', () => {
  test.each([
    ['float32', Float32Array.of(0, 1e-6, 0.25, -3, 70000, Number.NaN)],
    ['float64', Float64Array.of(0, 1 / 3, 0.25, -3, 70000, 1e300)],
    ['int8', Int8Array.of(0, 1, -1, 127, -128, 5)],
    ['int16', Int16Array.of(0, -1, 1, -32768, 32767, 300)],
    ['int32', Int32Array.of(0, 70000, -1, 2 ** 30, 5, 6)],
    ['uint32', Uint32Array.of(0, 70000, 1, 2 ** 31, 5, 6)],
  ] as const)('of %s, in one channel or several', async (type, values) => {
    for (const channels of [1, 2, 3] as const) {
      const bytes = tiffOf({ width: 6 / channels, height: 1, channels, values });
      expect(await source.decode(bytes)).toEqual({ width: 6 / channels, height: 1, channels, data: Float32Array.from(values) });
      expect(await source.inspect(bytes)).toMatchObject({ type, format: 'tiff', channels, width: 6 / channels, hasAlpha: channels === 2 });
    }
  });
});

describe('packed bits', () => {
  const values = [0, 4095, 1, 2048, 300, 0xabc]; // a row of three ends within a byte

  /** Two rows, each filled up to whole bytes. */
  function packed(bits: number): Uint8Array {
    const rows = [values.slice(0, 3), values.slice(3)].map((row) => row.map((v) => v.toString(2).padStart(bits, '0')).join(''));
    const text = rows.map((row) => row.padEnd(8 * Math.ceil(row.length / 8), '0')).join('');
    return Uint8Array.from(text.match(/.{8}/g)!, (byte) => Number.parseInt(byte, 2));
  }

  test.each([
    [12, false],
    [12, true],
    [14, false],
  ])('%i of a grey TIFF are as they are (big-endian: %s)', async (bits, bigEndian) => {
    const bytes = tiffOf({ width: 3, height: 2, channels: 1, bits, bigEndian, values: packed(bits) });
    expect(await source.decode(bytes)).toEqual({ width: 3, height: 2, channels: 1, data: Uint16Array.from(values) });
    expect(await source.inspect(bytes)).toMatchObject({ type: `uint${bits}`, width: 3, height: 2, channels: 1 });
  });

  test('of several channels are refused', async () => {
    const bytes = tiffOf({ width: 1, height: 2, channels: 3, bits: 12, values: packed(12) });
    await expect(source.decode(bytes)).rejects.toThrow(FormatError);
    await expect(source.decode(bytes)).rejects.toThrow('it is a TIFF of 3 channels of 12 packed bits; save it with 16 bits');
  });
});

test('YCbCr of TIFF is refused where it would be taken for RGB, and RGB where JPEG compresses it', async () => {
  const bare = tiffOf({ width: 2, height: 1, channels: 3, photometric: 6, values: Uint8Array.of(76, 85, 255, 76, 85, 255) });
  await expect(source.decode(bare)).rejects.toThrow(FormatError);
  await expect(source.decode(bare)).rejects.toThrow('it is a TIFF of YCbCr colours that are not a JPEG; save it as RGB');
  const jpeg = await sharp({ create: { width: 16, height: 16, channels: 3, background: 'rgb(255, 0, 0)' } })
    .tiff({ compression: 'jpeg', quality: 90 })
    .toBuffer();
  const { data } = await source.decode(jpeg);
  expect(data[0]).toBeGreaterThan(250);
  expect(data[1]).toBeLessThan(5);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i is followed alike in PNG and in TIFFs of both readers', async (orientation) => {
  const values = [1, 2, 3, 4, 5, 6]; // 1 2 3
  const seen = {
    1: [1, 2, 3, 4, 5, 6], //         4 5 6
    2: [3, 2, 1, 6, 5, 4],
    3: [6, 5, 4, 3, 2, 1],
    4: [4, 5, 6, 1, 2, 3],
    5: [1, 4, 2, 5, 3, 6],
    6: [4, 1, 5, 2, 6, 3],
    7: [6, 3, 5, 2, 4, 1],
    8: [3, 6, 2, 5, 1, 4],
  }[orientation];
  const size = orientation < 5 ? { width: 3, height: 2 } : { width: 2, height: 3 };
  const shared = { width: 3, height: 2, channels: 1, orientation } as const;
  for (const bytes of [
    pngOf({ width: 3, height: 2, bits: 8, colour: 0, samples: values, orientation }),
    tiffOf({ ...shared, values: Uint8Array.from(values) }),
    tiffOf({ ...shared, values: Float32Array.from(values) }),
  ]) {
    const raster = await source.decode(bytes);
    expect(raster).toMatchObject(size);
    expect([...raster.data]).toEqual(seen);
    expect(await source.inspect(bytes)).toMatchObject({ ...size, orientation });
  }
});

test('pages are counted, and the first is decoded', async () => {
  const frames = await Promise.all([10, 3].map((step) => raw(ramp(12, step), 2, 2, 3).png().toBuffer()));
  const animation = await sharp(frames, { join: { animated: true } })
    .webp({ lossless: true })
    .toBuffer();
  expect(await source.inspect(animation)).toMatchObject({ pages: 2, width: 2, height: 2 });
  expect([...(await source.decode(animation)).data].slice(0, 6)).toEqual(ramp(6, 10));
});

describe('what is no whole picture is refused', () => {
  test.each([
    ['no bytes', new Uint8Array(0), 'the file is empty: it has 0 bytes'],
    ['text', Buffer.from('<html>not a picture'), "the file is not a picture that can be read; it begins with '<html>not a '"],
    ['a number', Uint8Array.of(0, 1, 255), 'it begins with the bytes 00 01 ff'],
    ['five channels', tiffOf({ width: 1, height: 1, channels: 5, values: Uint8Array.of(1, 2, 3, 4, 5) }), 'the picture has 5 channels'],
    ['five floats', tiffOf({ width: 1, height: 1, channels: 5, values: new Float32Array(5) }), 'the picture has 5 channels'],
  ])('%s', async (_, bytes, message) => {
    const decoding = source.decode(bytes);
    await expect(decoding).rejects.toThrow(FormatError);
    await expect(decoding).rejects.toThrow(message);
  });

  test.each(['png', 'jpeg', 'webp', 'tiff'] as const)('%s that is cut short, wherever it is', async (format) => {
    const bytes = await raw(ramp(64 * 48 * 3, 7), 64, 48, 3)
      .toFormat(format, { quality: 80 })
      .toBuffer();
    for (let part = 1; part < 20; part++) {
      const cut = bytes.subarray(0, Math.min(Math.floor((bytes.length * part) / 20), bytes.length - 20)); // the last bytes of PNG only say that it ends
      await expect(source.decode(cut)).rejects.toThrow(FormatError);
    }
  });

  test('floats that are cut short', async () => {
    const bytes = tiffOf({ width: 40, height: 30, channels: 1, values: new Float32Array(1200) });
    for (const length of [6, 100, bytes.length - 200]) await expect(source.decode(bytes.subarray(0, length))).rejects.toThrow(FormatError);
  });
});

describe('maxPixels', () => {
  test('refuses larger pictures by their header, of every kind, and inspects them', async () => {
    const small = folderSource(folder, { maxPixels: 5 });
    const shape = { width: 3, height: 2, channels: 1 } as const;
    for (const bytes of [
      pngOf({ ...shape, bits: 8, colour: 0, samples: ramp(6, 1) }),
      tiffOf({ ...shape, values: new Float32Array(6) }),
      bmpOf({ ...shape, bits: 24, pixels: ramp(6, 1) }),
    ]) {
      await expect(small.decode(bytes)).rejects.toThrow(
        "the picture has 3x2 = 6 pixels; at most 5 are decoded, unless the source's maxPixels says otherwise",
      );
      expect(await small.inspect(bytes)).toMatchObject({ width: 3, height: 2 });
    }
  });

  test('is 2 ** 26 unless it is said', async () => {
    const header = Buffer.from(pngOf({ width: 1, height: 1, bits: 8, colour: 0, samples: [0] }));
    const bomb = await sharp({ create: { width: 8193, height: 8192, channels: 3, background: 'black' }, limitInputPixels: false })
      .png()
      .toBuffer();
    await expect(source.decode(bomb)).rejects.toThrow('8193x8192 = 67117056 pixels; at most 67108864');
    expect(await source.decode(header)).toMatchObject({ width: 1 });
  });

  test('must be a positive integer', () => {
    expect(() => folderSource(folder, { maxPixels: 0 })).toThrow(ConfigError);
    expect(() => folderSource(folder, { maxPixels: 1.5 })).toThrow(/folderSource: maxPixels/);
  });
});
