import { FormatError } from '@rddpm/core';
import sharp from 'sharp';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { inspectJpeg } from '../src/browser/jpeg.ts';
import { fileListSource } from '../src/browser.ts';
import { folderSource } from '../src/node.ts';
import { bmpOf } from './bmp-of.ts';

/** A file as a folder input gives it. */
const chosen = (path: string, bytes: number[] = [1]) =>
  Object.assign(new File([Uint8Array.from(bytes)], path.split('/').at(-1)!), { webkitRelativePath: path });
const BOTTLE = ['bottle/train/good/000.png', 'bottle/test/dent/000.png', 'bottle/ground_truth/dent/000_mask.png', 'bottle/license.txt'];

describe('paths', () => {
  test('leave out the folder that was chosen, and its name is the source’s', async () => {
    const source = fileListSource(BOTTLE.map((path) => chosen(path)));
    expect(source.name).toBe('bottle');
    expect(await source.list()).toEqual(['ground_truth/dent/000_mask.png', 'license.txt', 'test/dent/000.png', 'train/good/000.png']);
  });

  test('keep the folders within it, even if all files share one', async () => {
    expect(await fileListSource([chosen('bottle/train/good/1.png'), chosen('bottle/train/good/0.png')]).list()).toEqual([
      'train/good/0.png',
      'train/good/1.png',
    ]);
  });

  test('may be given beside the files', async () => {
    const source = fileListSource([{ path: 'train/good/0.png', file: new Blob([Uint8Array.of(7, 8)]) }]);
    expect(await source.list()).toEqual(['train/good/0.png']);
    expect([...(await source.read('train/good/0.png'))]).toEqual([7, 8]);
  });

  test('lose the folder that a caller takes for the root', async () => {
    const files = ['sets/bottle/a.png', 'sets/bottle/b/c.png'].map((path) => ({ path, file: new Blob() }));
    const source = fileListSource(files, { root: (paths) => (paths.length === 2 ? 'sets/bottle' : '') });
    expect(source.name).toBe('bottle');
    expect(await source.list()).toEqual(['a.png', 'b/c.png']);
    expect(fileListSource(files).name).toBe('files');
    expect(await fileListSource([chosen('bottle/a.png')], { root: () => '' }).list()).toEqual(['bottle/a.png']);
  });

  test('of files chosen one by one are their names', async () => {
    const source = fileListSource([Object.assign(new File([], 'b.png'), { webkitRelativePath: '' })]);
    expect([source.name, await source.list()]).toEqual(['files', ['b.png']]);
  });

  test('that were not chosen throw FormatError', async () => {
    await expect(fileListSource(BOTTLE.map((path) => chosen(path))).read('a.png')).rejects.toThrow(FormatError);
  });
});

describe('decoding by the browser', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** Stands in for a browser that decodes every file to these RGBA pixels, in a row. */
  const browserShowing = (...rgba: number[]) => {
    const asked: (ImageBitmapOptions | undefined)[] = [];
    const width = rgba.length / 4;
    vi.stubGlobal('createImageBitmap', async (_: Blob, options?: ImageBitmapOptions) => {
      asked.push(options);
      return { width, height: 1, close() {} };
    });
    const context = { drawImage() {}, getImageData: () => ({ width, height: 1, data: Uint8ClampedArray.from(rgba) }) };
    vi.stubGlobal(
      'OffscreenCanvas',
      class {
        getContext = () => context;
      },
    );
    return asked;
  };
  const source = fileListSource([]);
  const webp = new TextEncoder().encode('RIFF0000WEBP');

  test('neither multiplies by alpha nor converts colours, and turns as the camera says', async () => {
    const asked = browserShowing(9, 9, 9, 255);
    await source.decode(webp);
    expect(asked).toEqual([{ premultiplyAlpha: 'none', colorSpaceConversion: 'none', imageOrientation: 'from-image' }]);
  });

  test('gives alpha where not all is opaque, and RGB else, be it all gray', async () => {
    browserShowing(9, 9, 9, 255, 200, 200, 200, 255);
    expect(await source.decode(webp)).toEqual({ width: 2, height: 1, channels: 3, data: Uint8Array.of(9, 9, 9, 200, 200, 200) });
    browserShowing(9, 8, 7, 255, 0, 0, 0, 0);
    expect(await source.decode(webp)).toEqual({ width: 2, height: 1, channels: 4, data: Uint8Array.of(9, 8, 7, 255, 0, 0, 0, 0) });
    expect(await source.inspect(webp)).toMatchObject({ width: 2, height: 1, format: 'webp', type: 'uint8', channels: 4, hasAlpha: true });
  });

  test('gives one channel of a JPEG whose header names one', async () => {
    browserShowing(9, 9, 9, 255, 200, 200, 200, 255);
    const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 1, 0, 2, 1, 1, 0x11, 0);
    expect(await source.decode(jpeg)).toEqual({ width: 2, height: 1, channels: 1, data: Uint8Array.of(9, 200) });
  });

  test('gives one channel of a BMP that is gray everywhere', async () => {
    const bmp = bmpOf({ width: 2, height: 1, bits: 24, pixels: [0x090909, 0x0c0c0c] });
    browserShowing(9, 9, 9, 255, 200, 200, 200, 255);
    expect(await source.decode(bmp)).toEqual({ width: 2, height: 1, channels: 1, data: Uint8Array.of(9, 200) });
    browserShowing(9, 9, 9, 254, 200, 200, 200, 255);
    expect(await source.decode(bmp)).toEqual({ width: 2, height: 1, channels: 2, data: Uint8Array.of(9, 254, 200, 255) });
    browserShowing(9, 9, 8, 255, 200, 200, 200, 255);
    expect(await source.decode(bmp)).toMatchObject({ channels: 3 });
  });

  test('refuses too many pixels by the header of WebP, GIF and AVIF before anything is decoded, in inspect too', async () => {
    const asked = browserShowing(9, 8, 7, 255);
    const small = fileListSource([], { maxPixels: 7 * 5 - 1 });
    const picture = sharp({ create: { width: 7, height: 5, channels: 3, background: 'tan' } });
    const files = [picture.webp(), picture.webp({ lossless: true }), picture.gif(), picture.avif()];
    for (const bytes of await Promise.all(files.map((file) => file.clone().toBuffer()))) {
      const message = 'the picture has 7x5 = 35 pixels; at most 34 are decoded';
      await expect(small.inspect(bytes)).rejects.toThrow(message);
      await expect(small.decode(bytes)).rejects.toThrow(message);
      expect(asked).toHaveLength(0);
      expect(await fileListSource([], { maxPixels: 35 }).inspect(bytes)).toMatchObject({ channels: 3 });
      expect(asked.splice(0)).toHaveLength(1);
    }
  });

  test('inspects one after the other where pictures are so large that together they have no room', async () => {
    browserShowing(9, 8, 7, 255);
    const decode = globalThis.createImageBitmap;
    let [open, most] = [0, 0];
    vi.stubGlobal('createImageBitmap', async (blob: Blob) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 5));
      open--;
      return decode(blob);
    });
    const [width, height] = [8000, 4000];
    const large = Uint8Array.of(...new TextEncoder().encode('GIF89a'), width & 255, width >> 8, height & 255, height >> 8, 0, 0, 0);
    await Promise.all([source.inspect(large), source.inspect(large), source.inspect(webp), source.inspect(webp)]);
    expect(most).toBe(1);
  });

  test('leaves a JPEG whose header is of an unknown kind to the browser', async () => {
    browserShowing(9, 8, 7, 255);
    const lossless = Uint8Array.of(0xff, 0xd8, 0xff, 0xc3, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0);
    expect(await source.inspect(lossless)).toMatchObject({ width: 1, height: 1, format: 'jpeg', channels: 3 });
  });
});

describe('the header of a JPEG', () => {
  const node = folderSource('.');
  const picture = (channels: 1 | 3) =>
    sharp({ create: { width: 7, height: 5, channels: 3, background: 'tan' } }).toColourspace(channels === 1 ? 'b-w' : 'srgb');

  test.each([
    ['colour', picture(3).jpeg()],
    ['gray', picture(1).jpeg()],
    ['CMYK', picture(3).toColourspace('cmyk').jpeg()],
    ['progressive', picture(3).jpeg({ progressive: true })],
    ['turned', picture(3).withMetadata({ orientation: 6 }).jpeg()],
    ['mirrored', picture(3).withMetadata({ orientation: 2 }).jpeg()],
  ])('says what it says in Node: %s', async (_, jpeg) => {
    const bytes = await jpeg.toBuffer();
    expect(await inspectJpeg(bytes)).toEqual(await node.inspect(bytes));
  });

  test('names no size where the file ends before it', async () => {
    const bytes = await picture(3).jpeg().toBuffer();
    const frame = bytes.indexOf(Uint8Array.of(0xff, 0xc0));
    for (let length = 3; length < frame + 10; length++) expect(await inspectJpeg(bytes.subarray(0, length))).toBeUndefined();
  });
});
