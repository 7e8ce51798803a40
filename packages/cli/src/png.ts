import sharp from 'sharp';

/** 8-bit PNG of values in [0, 1]; what lies outside is clipped. `data` is row-major, channels last. */
export async function encodePng(picture: { width: number; height: number; channels: 1 | 3; data: ArrayLike<number> }): Promise<Uint8Array> {
  const { width, height, channels, data } = picture;
  const bytes = Uint8Array.from(data, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
  return sharp(bytes, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
}
