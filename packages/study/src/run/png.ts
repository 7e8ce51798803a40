import sharp, { type Sharp } from 'sharp';

/** Row-major, channels last, 0 … 255. */
export type Pixels = { readonly width: number; readonly height: number; readonly channels: 1 | 3; readonly data: Uint8Array };

export async function encodePng(pixels: Pixels): Promise<Uint8Array> {
  return sharpOf(pixels).png().toBuffer();
}

export function sharpOf({ width, height, channels, data }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels } }).toColourspace(channels === 1 ? 'b-w' : 'srgb');
}

/** In colour. */
export async function decodePng(bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(bytes).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

/** Values in [0, 1] as bytes; what lies outside is clipped. */
export function toBytes(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.round(255 * Math.min(1, Math.max(0, values[i]!)));
  return bytes;
}
