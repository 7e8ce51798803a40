/** The same files in Chromium and in Node. */
import { fileURLToPath } from 'node:url';
import type { PictureInfo, Raster } from '@rddpm/core/contracts';
import { type Browser, chromium, type Page } from 'playwright';
import sharp from 'sharp';
import { build, type Rollup } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchOptions } from '../../../scripts/optional-tests.ts';
import type * as browserEntry from '../src/browser.ts';
import { folderSource } from '../src/node.ts';
import { bmpOf } from './bmp-of.ts';
import { pngOf } from './png-of.ts';

declare global {
  var data: typeof browserEntry; // on the page
}

const node = folderSource('.');
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const bundle = (await build({
    logLevel: 'error',
    resolve: { conditions: ['@rddpm/source', 'browser', 'module', 'import', 'default'] },
    build: {
      write: false,
      minify: false,
      lib: { entry: fileURLToPath(new URL('../src/browser.ts', import.meta.url)), formats: ['iife'], name: 'data' },
    },
  })) as Rollup.RollupOutput[];
  browser = await chromium.launch(launchOptions({ webgpu: false }));
  page = await browser.newPage();
  await page.addScriptTag({ content: bundle[0]!.output[0].code });
});

afterAll(() => browser?.close());

type OnPage = { readonly raster: Omit<Raster, 'data'> & { readonly type: string; readonly data: number[] }; readonly info: PictureInfo };

const onPage = (bytes: Uint8Array, maxPixels = 1e6): Promise<OnPage> =>
  page.evaluate(
    async ([numbers, maxPixels]) => {
      const bytes = Uint8Array.from(numbers);
      const source = data.fileListSource([], { maxPixels });
      const raster = await source.decode(bytes);
      return {
        raster: { ...raster, type: raster.data.constructor.name, data: [...raster.data] },
        info: await source.inspect(bytes),
      };
    },
    [[...bytes], maxPixels] as const,
  );

async function inNode(bytes: Uint8Array): Promise<OnPage> {
  const raster = await node.decode(bytes);
  return { raster: { ...raster, type: raster.data.constructor.name, data: [...raster.data] }, info: await node.inspect(bytes) };
}

const noise = (length: number, below: number) =>
  Array.from({ length }, (_, i) => Math.floor((Math.abs(Math.sin(i * 12.9898) * 43758.5453) % 1) * below));

describe('the very same raster', () => {
  test.each([
    ['16 bits with alpha', { bits: 16, colour: 6, samples: noise(7 * 5 * 4, 65536) }],
    [
      '8 bits, nearly transparent',
      { bits: 8, colour: 6, samples: noise(7 * 5 * 4, 256).map((value, i) => (i % 4 === 3 ? value % 3 : value)) },
    ],
    ['a palette of 2 bits, interlaced', { bits: 2, colour: 3, samples: noise(35, 4), palette: noise(12, 256), interlaced: true }],
    ['gray of 4 bits', { bits: 4, colour: 0, samples: noise(35, 16) }],
    ['gray of 4 bits, interlaced and turned', { bits: 4, colour: 0, samples: noise(35, 16), interlaced: true, orientation: 6 }],
    ['a camera’s orientation', { bits: 16, colour: 0, samples: noise(35, 4096), orientation: 6 }],
  ] as const)('of PNG: %s', async (_, options) => {
    const bytes = pngOf({ width: 7, height: 5, ...options });
    expect(await onPage(bytes)).toEqual(await inNode(bytes));
  });

  test.each([
    ['gray', { bits: 8, palette: [0, 0x00ffffff] }],
    ['with colours', { bits: 4, palette: [0x102030, 0x00ffffff] }],
    ['whose fourth byte says nothing', { bits: 32 }],
  ] as const)('of BMP: %s', async (_, options) => {
    const bytes = bmpOf({ width: 3, height: 2, pixels: [0, 1, 0, 1, 1, 0], ...options });
    expect(await onPage(bytes)).toEqual(await inNode(bytes));
  });

  test('of lossless WebP that is opaque', async () => {
    const bytes = await sharp(Uint8Array.from(noise(7 * 5 * 3, 256)), { raw: { width: 7, height: 5, channels: 3 } })
      .webp({ lossless: true })
      .toBuffer();
    expect(await onPage(bytes)).toEqual(await inNode(bytes));
  });
});

/** Soft colours, hard edges and a little noise, with sides that no block of a JPEG divides. */
function photograph(channels: 1 | 3) {
  const [width, height] = [133, 95];
  const grain = noise(width * height, 12);
  const pixels = Array.from({ length: width * height }, (_, p) => {
    const [x, y] = [p % width, Math.floor(p / width)];
    const disc = Math.hypot(x - 60, y - 50) < 25 ? 90 : 0;
    return [128 + 80 * Math.sin(x / 17), 110 + 70 * Math.cos(y / 11), 60 + x]
      .slice(0, channels)
      .map((v, k) => v - disc * (k === 0 ? 1 : 0.3) + grain[p]!);
  }).flat();
  return sharp(Uint8ClampedArray.from(pixels), { raw: { width, height, channels } });
}

test.each([
  ['4:2:0', 3, { chromaSubsampling: '4:2:0' }, {}],
  ['4:4:4', 3, { chromaSubsampling: '4:4:4' }, {}],
  ['progressive, turned', 3, { progressive: true }, { orientation: 8 }],
  ['with a colour profile', 3, {}, { icc: 'p3' }],
  ['gray', 1, {}, undefined],
  ['gray in three channels', 1, {}, { icc: 'srgb' }],
] as const)('the very same raster of JPEG, which other browsers may round otherwise: %s', async (_, channels, options, metadata) => {
  const picture = photograph(channels).toColourspace(channels === 1 ? 'b-w' : 'srgb');
  const bytes = await (metadata ? picture.withMetadata(metadata) : picture).jpeg({ quality: 90, ...options }).toBuffer();
  expect(await onPage(bytes)).toEqual(await inNode(bytes));
});

test('refuses what is cut short', async () => {
  const picture = photograph(3);
  const formats = (['png', 'jpeg', 'webp', 'gif', 'avif'] as const).map((format) => picture.clone().toFormat(format).toBuffer());
  const interlaced = pngOf({ width: 60, height: 40, bits: 4, colour: 0, samples: noise(2400, 16), interlaced: true });
  const bmp = bmpOf({ width: 60, height: 40, bits: 24, pixels: noise(2400, 2 ** 24) });
  for (const bytes of [...(await Promise.all(formats)), interlaced, bmp]) {
    for (const part of [0.4, 0.95]) {
      await expect(onPage(bytes.subarray(0, Math.floor(bytes.length * part)))).rejects.toThrow(/damaged|cut short/);
    }
  }
});

test.each([
  ['no bytes', new Uint8Array(0), 'the file is empty: it has 0 bytes'],
  ['text', Buffer.from('hello, reader of pictures'), 'the file is not a picture that this browser can decode, or it is damaged'],
])('refuses %s', async (_, bytes, message) => {
  await expect(onPage(bytes)).rejects.toThrow(message);
});

test('refuses too many pixels', async () => {
  for (const format of ['jpeg', 'webp', 'png'] as const) {
    const bytes = await photograph(3).toFormat(format).toBuffer();
    await expect(onPage(bytes, 12_634)).rejects.toThrow('the picture has 133x95 = 12635 pixels; at most 12634 are decoded');
  }
});
