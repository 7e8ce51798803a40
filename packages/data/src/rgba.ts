import type { Raster, Size } from '@rddpm/core/contracts';

/**
 * Of red, green, blue and alpha what says something: no alpha that is full everywhere.
 *
 * @param colours 1 is red alone, which grey pictures have in all three. @defaultValue 1 if all is grey, else 3
 */
export function rasterOfRgba({ width, height, data: rgba }: Size & { readonly data: Uint8ClampedArray }, colours?: 1 | 3): Raster {
  let [isGrey, isOpaque] = [true, true];
  for (let at = 0; at < rgba.length; at += 4) {
    isGrey &&= rgba[at] === rgba[at + 1] && rgba[at] === rgba[at + 2];
    isOpaque &&= rgba[at + 3] === 255;
  }
  const kept = [...((colours ?? (isGrey ? 1 : 3)) === 1 ? [0] : [0, 1, 2]), ...(isOpaque ? [] : [3])];
  const channels = kept.length as Raster['channels'];
  const data = new Uint8Array(width * height * channels);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    for (let k = 0; k < channels; k++) data[to++] = rgba[from + kept[k]!]!;
  }
  return { width, height, channels, data };
}
