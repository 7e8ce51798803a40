/** Data sets of a few small pictures, by hand. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRng } from '@rddpm/core';
import type { Region, Size } from '@rddpm/core/contracts';
import sharp from 'sharp';
import { pngOf } from '../../data/test/png-of.ts';

export type Scene = Size & {
  /** Of the grain: 20 shades above 100. */
  readonly seed?: number;
  /** Where all is 250. */
  readonly square?: Region | undefined;
};

/** Row by row, 0 to 255. */
export function scene({ width, height, seed = 0, square }: Scene): number[] {
  const rng = createRng(seed);
  const isMarked = (x: number, y: number) =>
    square && x >= square.x && x < square.x + square.width && y >= square.y && y < square.y + square.height;
  return Array.from({ length: width * height }, (_, i) => {
    const shade = 100 + rng.integer(20);
    return isMarked(i % width, Math.floor(i / width)) ? 250 : shade;
  });
}

export const png = (picture: Scene): Uint8Array => greyPng(scene(picture), picture);

/** Of 8 bits. */
function greyPng(samples: readonly number[], { width, height }: Size): Uint8Array {
  return pngOf({ width, height, bits: 8, colour: 0, samples });
}

/** White where the square is. */
function maskPng(picture: Scene): Uint8Array {
  return greyPng(
    scene(picture).map((shade) => (shade === 250 ? 255 : 0)),
    picture,
  );
}

export function jpeg(picture: Scene): Promise<Buffer> {
  const { width, height } = picture;
  return sharp(Uint8Array.from(scene(picture)), { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** Files by path, below `folder`. */
export function write(folder: string, files: Readonly<Record<string, Uint8Array | string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

export type Shape = Size & {
  readonly train?: number;
  readonly good?: number;
  readonly bad?: number;
  readonly square?: Region;
  /** Of pictures, not of masks. @defaultValue PNG of 8 bits */
  readonly encode?: (shades: readonly number[], size: Size) => Uint8Array;
  readonly ending?: string;
};

/** MVTec AD's layout: grainy pictures, and test pictures of the kind 'bad' with a bright square, the same in all. */
export function mvtecFiles(shape: Shape): Record<string, Uint8Array> {
  const { width, height, train = 6, good = 2, bad = 2, encode = greyPng, ending = 'png' } = shape;
  const { square = { x: 2, y: 4, width: 4, height: 4 } } = shape;
  const files: Record<string, Uint8Array> = {};
  const add = (count: number, folder: string, firstSeed: number, square?: Region) => {
    for (let i = 0; i < count; i++) {
      const picture = { width, height, seed: firstSeed + i, square };
      files[`${folder}/${i}.${ending}`] = encode(scene(picture), picture);
    }
  };
  add(train, 'train/good', 0);
  add(good, 'test/good', 100);
  add(bad, 'test/bad', 200, square);
  for (let i = 0; i < bad; i++) files[`ground_truth/bad/${i}_mask.png`] = maskPng({ width, height, square });
  return files;
}
