/** The built-in set: woven carpets with holes, stains, cuts and loose threads, drawn here and now. */
import { createRng } from '@rddpm/core';
import { synthesize } from '@rddpm/mvtec';
import type { DataChoices } from '../choices.ts';
import type { Decoded } from './decode-files.ts';
import { toBytes } from './images.ts';
import type { Progress } from './prepare.ts';

const LUMA = [0.2126, 0.7152, 0.0722] as const; // ITU-R BT.709, as pictures from files are made grey

export function builtIn(
  { size, normals, perDefect, seed }: DataChoices,
  { channels, progress }: { channels: 1 | 3; progress: Progress },
): Decoded {
  const total = normals + 5 * perDefect;
  progress('Drawing carpets', 0, total);
  const rng = createRng(seed).fork('data');
  const { samples } = synthesize({ kind: 'carpet', size, train: normals, testGood: perDefect, testPerDefect: perDefect, rng });
  progress('Drawing carpets', total, total);
  return {
    name: 'Synthetic carpet',
    labelled: true,
    remarks: [],
    samples: samples.map(({ image, mask, ...sample }) => {
      const pixels = toBytes(image.data);
      return { ...sample, pixels: channels === 3 ? pixels : toGrey(pixels), mask: mask.data };
    }),
  };
}

function toGrey(rgb: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: rgb.length / 3 }, (_, i) =>
    Math.round(LUMA.reduce((sum, weight, k) => sum + weight * rgb[3 * i + k]!, 0)),
  );
}
