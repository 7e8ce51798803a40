/**
 * PNG, to the bit: a canvas has 8 bits and multiplies colours by alpha. Rasters are those that libvips makes of the same file, but for interlaced pictures of 1,
 * 2 or 4 bits: fast-png takes their rows for those of 8 bits, so that they are left to the canvas. It has what is opaque to the bit.
 */
import { FormatError } from '@rddpm/core';
import type { PictureInfo, Raster } from '@rddpm/core/contracts';
import type { DecodedPng } from 'fast-png';
import { turned } from '../orientation.ts';
import { assertPixels } from '../pixel-limit.ts';
import { decodeWithBrowser } from './canvas.ts';
import { headerUnread, seen, tagsOf } from './tags.ts';

type Header = { readonly info: PictureInfo; readonly colour: number; readonly bits: number; readonly isInterlaced: boolean };

const GREY = 0;
const PALETTE = 3;
/** Of the colours of each type, palettes written out. */
const CHANNELS: Readonly<Record<number, number>> = { [GREY]: 1, 2: 3, [PALETTE]: 3, 4: 2, 6: 4 };

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, at) => bytes[at] === byte);
}

export async function inspectPng(bytes: Uint8Array): Promise<PictureInfo> {
  return (await headerOf(bytes)).info;
}

export async function decodePng(bytes: Uint8Array, maxPixels: number): Promise<Raster> {
  const { info, colour, bits, isInterlaced } = await headerOf(bytes);
  assertPixels(info, maxPixels);
  if (isInterlaced && bits < 8) return decodeWithBrowser(bytes, maxPixels, colour === GREY ? 1 : 3);
  const { convertIndexedToRgb, decode } = await import('fast-png');
  try {
    const stored = decode(bytes, { checkCrc: true });
    const picture = bits < 8 && colour === GREY ? { ...stored, palette: greys(stored) } : stored;
    const raster =
      bits < 8 || colour === PALETTE
        ? { ...picture, data: convertIndexedToRgb(picture), channels: picture.palette?.[0]?.length }
        : withAlpha(picture);
    const { width, height, channels, data } = raster;
    return turned({ width, height, channels, data } as Raster, info.orientation);
  } catch (cause) {
    throw new FormatError(`the picture is damaged or cut short (${(cause as Error).message})`, { cause });
  }
}

async function headerOf(bytes: Uint8Array): Promise<Header> {
  const tags = await tagsOf(bytes);
  const {
    'Image Width': width,
    'Image Height': height,
    'Bit Depth': depth,
    'Color Type': colourType,
    Interlace: interlace,
  } = tags.pngFile ?? {};
  const [bits, colour] = [depth?.value ?? 0, colourType?.value ?? -1];
  const colours = CHANNELS[colour];
  const mayBeFew = colour === GREY || colour === PALETTE;
  if (!width?.value || !height?.value || !colours || (bits < 8 && !mayBeFew)) {
    throw headerUnread('PNG begins with a size, and a number of bits that its type of colours may have');
  }
  const channels = colours % 2 === 1 && hasClearColours(bytes) ? colours + 1 : colours;
  const size = seen({ width: width.value, height: height.value }, tags);
  const type = bits === 16 ? 'uint16' : 'uint8';
  const info = { ...size, format: 'png', type, channels, hasAlpha: channels % 2 === 0, pages: 1 };
  return { info, colour, bits, isInterlaced: interlace?.value === 1 };
}

/** Whether there is a part tRNS, which comes before the pixels. */
function hasClearColours(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE.length; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === 'tRNS' || type === 'IDAT') return type === 'tRNS';
  }
  return false;
}

/** A palette of what few bits say of grey: 0 to 255, with alpha where one of them is transparent. */
function greys({ depth, transparency }: DecodedPng): number[][] {
  const highest = 2 ** depth - 1;
  const clear = transparency?.[0];
  return Array.from({ length: 2 ** depth }, (_, value) => {
    const grey = (value * 255) / highest;
    return clear === undefined ? [grey] : [grey, value === clear ? 0 : 255];
  });
}

/** With a channel of alpha if a colour is transparent. */
function withAlpha(picture: DecodedPng): DecodedPng {
  const { data: colours, channels: had, transparency } = picture;
  if (!transparency) return picture;
  const channels = had + 1;
  const pixels = colours.length / had;
  const [data, full] =
    colours instanceof Uint16Array ? [new Uint16Array(pixels * channels), 65535] : [new Uint8Array(pixels * channels), 255];
  for (let pixel = 0; pixel < pixels; pixel++) {
    const colour = colours.subarray(pixel * had, (pixel + 1) * had);
    data.set(colour, pixel * channels);
    data[pixel * channels + had] = colour.every((value, k) => value === transparency[k]) ? 0 : full;
  }
  return { ...picture, data, channels };
}
