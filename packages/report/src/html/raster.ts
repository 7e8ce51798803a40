import { encode } from 'fast-png';

/** A picture, map or mask as plain data: rows from the top, channels last. */
export type Raster = {
  width: number;
  height: number;
  /** `width · height` values, or three times as many for RGB. Pictures are in [0, 1] as floats or in 0 … 255 as bytes. */
  data: ArrayLike<number>;
};

/** @throws {RangeError} unless `data` holds one of the allowed numbers of channels for the size. */
export function channelsOf(where: string, raster: Raster, allowed: readonly number[] = [1, 3]): number {
  const { width, height, data } = raster;
  const channels = data.length / (width * height);
  if (allowed.includes(channels)) return channels;
  throw new RangeError(`${where}: ${data.length} values for ${width} x ${height} pixels; there must be ${allowed.join(' or ')} per pixel`);
}

/** A picture as a `data:` PNG; floats are clamped to [0, 1]. */
export function pictureUrl(where: string, picture: Raster): string {
  const channels = channelsOf(where, picture);
  const { data } = picture;
  const isBytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  const bytes = isBytes ? Uint8Array.from(data) : Uint8Array.from(data, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
  return pngUrl(picture, bytes, channels);
}

/** A map of one channel as a `data:` PNG, each value in the colour that `colorOf` gives it. */
export function mapUrl(where: string, map: Raster, colorOf: (value: number) => readonly [number, number, number]): string {
  channelsOf(where, map, [1]);
  const bytes = new Uint8Array(3 * map.data.length);
  for (let i = 0; i < map.data.length; i++) bytes.set(colorOf(map.data[i]!), 3 * i);
  return pngUrl(map, bytes, 3);
}

function pngUrl({ width, height }: Raster, data: Uint8Array, channels: number): string {
  return `data:image/png;base64,${base64(encode({ width, height, data, channels, depth: 8 }))}`;
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  const chunk = 0x8000; // fromCharCode takes its bytes as arguments, of which there may not be too many
  for (let at = 0; at < bytes.length; at += chunk) binary += String.fromCharCode(...bytes.subarray(at, at + chunk));
  return btoa(binary);
}
