/** From a decoded picture to what a method is shown, and from a method's map back to the picture. */
import { assertOneOf, assertPositiveInteger, ConfigError, FormatError } from '@rddpm/core';
import { warp } from '@rddpm/core/augmentation';
import type { Fit, Preparation, Raster, Region, Size, ValueRange, ValueRanges, Variation } from '@rddpm/core/contracts';
import { WHOLE_RANGES } from '@rddpm/core/model-info';
import { nearest, resample } from './resample.ts';

export const FITS = ['pad', 'crop', 'stretch'] as const satisfies readonly Fit[];

export type PrepareOptions = {
  /** Of the result, in pixels; a number is the side of a square. */
  readonly size: number | Size;
  /** 1: grey, 3: RGB. @defaultValue 3 */
  readonly channels?: 1 | 3 | undefined;
  /** How the picture's proportions become those of `size`. @defaultValue 'pad' */
  readonly fit?: Fit | undefined;
  /** Of the picture: all there is to it. @defaultValue the whole picture */
  readonly crop?: Region | undefined;
  /** The numbers that become 0 and 1. @defaultValue 0 to 65535 for pictures of 16 bits, 0 to 1 for floats */
  readonly ranges?: ValueRanges | undefined;
};

/** `options` with their defaults. @param what Begins messages: 'loadImages'. @throws {ConfigError} for what can't be. */
export function preparationOf(what: string, options: PrepareOptions): Preparation {
  const { size, channels = 3, fit = 'pad', crop, ranges } = options;
  if (channels !== 1 && channels !== 3) throw new ConfigError(`${what}: channels is ${channels}; it must be 1 or 3`);
  assertOneOf(`${what}: fit`, fit, FITS);
  if (crop) assertRegion(`${what}: crop`, crop);
  for (const [type, range] of Object.entries(ranges ?? {}) as [string, ValueRange | undefined][]) {
    if (!range || range.black < range.white) continue;
    throw new ConfigError(`${what}: ranges.${type} is from ${range.black} to ${range.white}; black must be below white`);
  }
  return { size: sizeOf(`${what}: size`, size), channels, fit, ...(crop && { crop }), ...(ranges && { ranges }) };
}

/** @throws {ConfigError} unless it is a size, or the side of a square. */
function sizeOf(what: string, size: number | Size): Size {
  if (typeof size === 'number') {
    assertPositiveInteger(what, size);
    return { width: size, height: size };
  }
  assertPositiveInteger(`${what}.width`, size.width);
  assertPositiveInteger(`${what}.height`, size.height);
  return { width: size.width, height: size.height };
}

function assertRegion(what: string, { x, y, ...size }: Region): void {
  sizeOf(what, size);
  for (const [name, value] of Object.entries({ x, y })) {
    if (!(Number.isSafeInteger(value) && value >= 0))
      throw new ConfigError(`${what}.${name} is ${value}; it must be a whole number of at least 0`);
  }
}

/** Which part of a picture is seen, and where in the frame it is. The rest of the frame is padding. */
export type Placement = { readonly source: Region; readonly target: Region };

/** @throws {FormatError} if the picture hasn't got what is to be cut out of it. The message continues its path. */
export function placementOf(picture: Size, { crop, size, fit }: Pick<Preparation, 'crop' | 'size' | 'fit'>): Placement {
  const { x, y, width, height } = crop ?? { x: 0, y: 0, ...picture };
  if (x + width > picture.width || y + height > picture.height) {
    throw new FormatError(
      `is ${picture.width}x${picture.height} pixels, so there are no ${width}x${height} to be cut out at x = ${x}, y = ${y}`,
    );
  }
  const source = { x, y, width, height };
  const target = { x: 0, y: 0, width: size.width, height: size.height };
  const [across, down] = [size.width / width, size.height / height];
  if (fit === 'stretch' || across === down) return { source, target };
  if (fit === 'pad') return { source, target: centred(target, scaled(source, Math.min(across, down))) };
  return { source: centred(source, scaled(size, Math.min(1 / across, 1 / down))), target };
}

const scaled = ({ width, height }: Size, factor: number): Size => ({
  width: Math.max(1, Math.round(width * factor)),
  height: Math.max(1, Math.round(height * factor)),
});

function centred({ x, y, ...around }: Region, wanted: Size): Region {
  const [width, height] = [Math.min(wanted.width, around.width), Math.min(wanted.height, around.height)];
  return { x: x + Math.floor((around.width - width) / 2), y: y + Math.floor((around.height - height) / 2), width, height };
}

/** A prepared picture in numbers of its own: those of its file, or of 8 bits multiplied by 257. [height, width, channels]. */
export type Prepared = {
  readonly values: Uint16Array | Float32Array;
  readonly type: 'uint8' | 'uint16' | 'float';
  /** Of the picture, before anything was done to it. */
  readonly picture: Size;
  /** The least and the largest number of what is seen of the picture. */
  readonly least: number;
  readonly most: number;
};

const SHADES = 257; // 65535 / 255: 8 bits become 16, so that what is between them after resizing isn't lost

/** Kept at 16 bits, of floats at 32. @throws {FormatError} as `placementOf`, and for floats that aren't finite. The message continues the path. */
export function prepared(raster: Raster, preparation: Preparation, variation?: Variation): Prepared {
  const { size, channels } = preparation;
  const picture = { width: raster.width, height: raster.height };
  const { source, target } = placementOf(picture, preparation);
  const colours = raster.channels < 3 ? 1 : 3;
  const { least, most } = extremes(raster, source, colours);
  const seen = withChannels(resample(raster, source, target, colours), colours, channels);
  const varied = variation ? warp(seen, [target.height, target.width, channels], variation, 'bilinear') : seen;
  const frame = padded(varied, target, size, channels);
  const { data } = raster;
  if (data instanceof Float32Array) return { values: frame, type: 'float', picture, least, most };
  const factor = data instanceof Uint8Array ? SHADES : 1;
  return {
    values: Uint16Array.from(frame, (value) => Math.round(factor * value)),
    type: data instanceof Uint8Array ? 'uint8' : 'uint16',
    picture,
    least,
    most,
  };
}

function extremes({ width, channels: stride, data }: Raster, { x, y, ...region }: Region, colours: number) {
  if (data instanceof Uint8Array) return { least: 0, most: 255 }; // nobody asks
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = y; row < y + region.height; row++) {
    for (let column = x; column < x + region.width; column++) {
      for (let channel = 0; channel < colours; channel++) {
        const value = data[(row * width + column) * stride + channel]!;
        if (!Number.isFinite(value)) throw new FormatError(`is ${value} at x = ${column}, y = ${row}; pixels must be finite numbers`);
        if (value < least) least = value;
        if (value > most) most = value;
      }
    }
  }
  return { least, most };
}

/** Grey as three equal channels, or colours as their luma (ITU-R BT.709, of the numbers as they are). */
function withChannels(values: Float32Array, had: 1 | 3, channels: 1 | 3): Float32Array {
  if (had === channels) return values;
  if (had === 1) return Float32Array.from({ length: 3 * values.length }, (_, i) => values[Math.floor(i / 3)]!);
  return Float32Array.from({ length: values.length / 3 }, (_, i) => {
    return 0.2126 * values[3 * i]! + 0.7152 * values[3 * i + 1]! + 0.0722 * values[3 * i + 2]!;
  });
}

/** The nearest pixels of the picture's edge around it. */
function padded(values: Float32Array, target: Region, size: Size, channels: number): Float32Array {
  if (target.width === size.width && target.height === size.height) return values;
  const result = new Float32Array(size.width * size.height * channels);
  for (let y = 0, at = 0; y < size.height; y++) {
    const row = Math.min(Math.max(y - target.y, 0), target.height - 1);
    for (let x = 0; x < size.width; x++, at += channels) {
      const pixel = row * target.width + Math.min(Math.max(x - target.x, 0), target.width - 1);
      for (let channel = 0; channel < channels; channel++) result[at + channel] = values[pixel * channels + channel]!;
    }
  }
  return result;
}

/** Writes the numbers in [0, 1], by the range of their type; beyond it they are 0 or 1. */
export function writePixels(
  { values, type }: Pick<Prepared, 'values' | 'type'>,
  ranges: ValueRanges,
  into: Float32Array,
  at: number,
): void {
  const { black, white } = rangeOf(type, ranges);
  const span = white - black;
  for (let k = 0; k < values.length; k++) into[at + k] = Math.min(1, Math.max(0, (values[k]! - black) / span));
}

/** Whether a picture has numbers that its range cuts off, or of which the ranges say nothing. */
export function isBeyond({ type, least, most }: Pick<Prepared, 'type' | 'least' | 'most'>, ranges: ValueRanges): boolean {
  if (type === 'uint8') return false;
  const range = ranges[type];
  return !range || least < range.black || most > range.white;
}

const rangeOf = (type: Prepared['type'], ranges: ValueRanges): ValueRange => (type !== 'uint8' && ranges[type]) || DEFAULT_RANGES[type];

const DEFAULT_RANGES = { uint8: { black: 0, white: 65535 }, ...WHOLE_RANGES };

/** Cameras fill so many bits of 16. */
const CAMERA_BITS = [8, 10, 12, 14, 16];

/** Of the range of floats, added at each end: a defect may be brighter or darker than all that is normal. */
const HEADROOM = 0.25;

/**
 * The ranges of a set, by the least and the largest numbers in it: of pictures of 16 bits, black is 0 and white the largest number of 8, 10, 12, 14 or 16 bits, the
 * fewest that hold them all; floats that all lie in [0, 1] keep that range, others have their own, and a quarter of it more at each end.
 */
export function rangesOf(pictures: Iterable<Pick<Prepared, 'type' | 'least' | 'most'>>): ValueRanges {
  const all = {
    uint16: { least: Number.POSITIVE_INFINITY, most: 0 },
    float: { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY },
  };
  for (const { type, least, most } of pictures) {
    if (type === 'uint8') continue;
    all[type].least = Math.min(all[type].least, least);
    all[type].most = Math.max(all[type].most, most);
  }
  const { uint16, float } = all;
  const bits = CAMERA_BITS.find((bits) => uint16.most < 2 ** bits)!;
  return {
    ...(Number.isFinite(uint16.least) && { uint16: { black: 0, white: 2 ** bits - 1 } }),
    ...(Number.isFinite(float.least) && { float: floatRange(float) }),
  };
}

function floatRange({ least, most }: { readonly least: number; readonly most: number }): ValueRange {
  if (least >= 0 && most <= 1) return DEFAULT_RANGES.float;
  const more = HEADROOM * (most - least || 1);
  return { black: least - more, white: most + more };
}

/** A mask as its picture is prepared: 0 in the padding. @param mask Of the picture's size. */
export function preparedMask(mask: Uint8Array, picture: Size, preparation: Pick<Preparation, 'crop' | 'size' | 'fit'>): Uint8Array {
  const { source, target } = placementOf(picture, preparation);
  const seen = nearest(mask, picture.width, source, target);
  const { size } = preparation;
  return target.width === size.width && target.height === size.height ? seen : placed(seen, size, target);
}

/** Of a map that has its picture's proportions: its size, and the part of it that the frame shows. Nothing else of it is known. */
export type MapLayout = { readonly whole: Size; readonly seen: Region };

/** How a frame's map lies in that of its picture: at the frame's resolution, but where it shows a part and enlarges that, at the picture's own. */
export function mapLayout(picture: Size, preparation: Pick<Preparation, 'crop' | 'size' | 'fit'>): MapLayout {
  const { source, target } = placementOf(picture, preparation);
  if (source.width === picture.width && source.height === picture.height) {
    const whole = { width: target.width, height: target.height };
    return { whole, seen: { x: 0, y: 0, ...whole } };
  }
  const across = along(picture.width, target.width, { from: source.x, length: source.width });
  const down = along(picture.height, target.height, { from: source.y, length: source.height });
  return {
    whole: { width: across.whole, height: down.whole },
    seen: { x: across.at, y: down.at, width: across.seen, height: down.seen },
  };
}

function along(picture: number, shown: number, part: { readonly from: number; readonly length: number }) {
  const seen = Math.min(shown, part.length); // a small part that is enlarged would make a map many times the picture's size
  const scale = seen / part.length;
  const whole = Math.max(seen, Math.round(picture * scale));
  return { seen, whole, at: Math.min(Math.round(part.from * scale), whole - seen) };
}

/**
 * A map of a frame as a map of its picture: without the padding, and 0 where the picture was cut off, so that it has the picture's proportions. It is resized only
 * where the frame shows a part of the picture and enlarges that: then it has the picture's own size.
 *
 * @param map [height, width] of the frame.
 */
export function pictureMap(
  map: Float32Array,
  picture: Size,
  preparation: Pick<Preparation, 'crop' | 'size' | 'fit'>,
): Size & { readonly data: Float32Array } {
  const { target } = placementOf(picture, preparation);
  const { whole, seen } = mapLayout(picture, preparation);
  const shown = cut(map, preparation.size.width, target);
  const { width, height } = target;
  const isReduced = seen.width !== width || seen.height !== height;
  const data = isReduced ? resample({ width, height, channels: 1, data: shown }, { x: 0, y: 0, width, height }, seen, 1) : shown;
  if (seen.width === whole.width && seen.height === whole.height) return { ...whole, data };
  return { ...whole, data: placed(data, whole, seen) };
}

/** A picture of one channel within a larger one that is 0 elsewhere. */
function placed<A extends Float32Array | Uint8Array>(data: A, whole: Size, { x, y, width, height }: Region): A {
  const result = new (data.constructor as new (length: number) => A)(whole.width * whole.height);
  for (let row = 0; row < height; row++) {
    result.set(data.subarray(row * width, (row + 1) * width) as never, (y + row) * whole.width + x);
  }
  return result;
}

/** A region of a frame. @param channels Interleaved. @defaultValue 1 */
export function cut<A extends Float32Array | Float64Array | Uint8Array>(
  frame: A,
  frameWidth: number,
  { x, y, width, height }: Region,
  channels = 1,
): A {
  const result = new (frame.constructor as new (length: number) => A)(width * height * channels);
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * frameWidth + x) * channels;
    result.set(frame.subarray(from, from + width * channels) as never, row * width * channels);
  }
  return result;
}

/** Writes [height, width] of the frame: 1 where the picture is, 0 where padding is. */
export function writeValidity({ size: { width, height } }: Pick<Preparation, 'size'>, target: Region, into: Uint8Array, at: number): void {
  into.fill(0, at, at + width * height);
  for (let y = target.y; y < target.y + target.height; y++) {
    const from = at + y * width + target.x;
    into.fill(1, from, from + target.width);
  }
}
