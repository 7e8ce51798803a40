/** The built-in set: woven carpets with holes, stains, cuts and loose threads, drawn here and now. */
import { createRng } from '@rddpm/core';
import type { Preparation } from '@rddpm/core/contracts';
import { synthesize } from '@rddpm/mvtec';
import type { DataChoices } from '../choices.ts';
import type { Decoded } from './decode-files.ts';
import { toBytes } from './images.ts';
import type { Progress } from './prepare.ts';

const LUMA = [0.2126, 0.7152, 0.0722] as const; // ITU-R BT.709, as pictures from files are made grey

export function builtIn(
  { normals, perDefect, seed }: Pick<DataChoices, 'normals' | 'perDefect' | 'seed'>,
  { preparation, progress }: { preparation: Preparation; progress: Progress },
): Decoded {
  const {
    size: { width: size },
    channels,
  } = preparation;
  const total = normals + 5 * perDefect;
  progress('Drawing carpets', 0, total);
  const rng = createRng(seed).fork('data');
  const { samples } = synthesize({ kind: 'carpet', size, train: normals, testGood: perDefect, testPerDefect: perDefect, rng });
  progress('Drawing carpets', total, total);
  return {
    name: 'Synthetic carpet',
    labelled: true,
    preparation,
    remarks: [],
    samples: samples.map(({ image, mask, ...sample }) => {
      const pixels = toBytes(image.data);
      const content = { x: 0, y: 0, width: size, height: size };
      return { ...sample, pixels: channels === 3 ? pixels : toGrey(pixels), content, mask: mask.data };
    }),
  };
}

function toGrey(rgb: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: rgb.length / 3 }, (_, i) =>
    Math.round(LUMA.reduce((sum, weight, k) => sum + weight * rgb[3 * i + k]!, 0)),
  );
}
