import { FormatError } from '@rddpm/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { fileListSource } from '../src/browser.ts';

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

describe('decoding', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** Stands in for a browser that decodes every file to these RGB pixels. */
  const browserShowing = (width: number, height: number, rgb: number[][]) => {
    const resized: (ImageBitmapOptions | undefined)[] = [];
    const rgba = Uint8ClampedArray.from(rgb.flatMap((pixel) => [...pixel, 255]));
    vi.stubGlobal('createImageBitmap', async (_: Blob, options?: ImageBitmapOptions) => {
      resized.push(options);
      return { width: options?.resizeWidth ?? width, height: options?.resizeHeight ?? height, close() {} };
    });
    const context = { drawImage() {}, getImageData: () => ({ data: rgba }) };
    vi.stubGlobal(
      'OffscreenCanvas',
      class {
        getContext = () => context;
      },
    );
    return resized;
  };
  const source = fileListSource([]);
  const bytes = Uint8Array.of(0);

  test('leaves the resizing of images to the browser, and never premultiplies', async () => {
    const resized = browserShowing(9, 9, [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [9, 9, 9],
    ]);
    const colour = await source.decode(bytes, { channels: 3, size: { width: 2, height: 2 }, kernel: 'smooth' });
    expect([...colour.data]).toEqual([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]);
    expect(resized[0]).toMatchObject({ resizeWidth: 2, resizeHeight: 2, resizeQuality: 'high', premultiplyAlpha: 'none' });
    const gray = await source.decode(bytes, { channels: 1, size: { width: 2, height: 2 }, kernel: 'smooth' });
    expect([...gray.data]).toEqual([54, 182, 18, 9]); // 0.2126, 0.7152 and 0.0722 of 255
  });

  test('takes the nearest pixel of a mask, which the browser must not resize', async () => {
    const values = [0, 0, 255, 255, 0, 0, 255, 255, 0, 255, 0, 0, 255, 0, 0, 0];
    const resized = browserShowing(
      4,
      4,
      values.map((value) => [value, value, value]),
    );
    const mask = await source.decode(bytes, { channels: 1, size: { width: 2, height: 2 }, kernel: 'nearest' });
    expect(resized[0]).not.toHaveProperty('resizeWidth');
    expect(mask).toMatchObject({ width: 2, height: 2, channels: 1 });
    expect([...mask.data]).toEqual([0, 255, 0, 0]); // the pixels at (1, 1), (3, 1), (1, 3), (3, 3)
  });

  test('resizes to any proportions, images by the browser and masks here', async () => {
    const values = [10, 20, 30, 40, 50, 60, 70, 80];
    const resized = browserShowing(
      4,
      2,
      values.map((value) => [value, value, value]),
    );
    const mask = await source.decode(bytes, { channels: 1, size: { width: 2, height: 4 }, kernel: 'nearest' });
    expect(mask).toMatchObject({ width: 2, height: 4 });
    expect([...mask.data]).toEqual([20, 40, 20, 40, 60, 80, 60, 80]); // columns 1 and 3, each row twice
    const image = await source.decode(bytes, { channels: 1, size: { width: 2, height: 4 }, kernel: 'smooth' });
    expect(resized[1]).toMatchObject({ resizeWidth: 2, resizeHeight: 4 });
    expect(image).toMatchObject({ width: 2, height: 4 });
  });

  test('measures a picture at its own size', async () => {
    browserShowing(5, 3, []);
    expect(await source.measure(bytes)).toEqual({ width: 5, height: 3 });
  });
});
