/**
 * Pictures as functions of the plane, and their rendering. A scene knows its healthy surface, its light, and which flaws it can have; a
 * flaw says where it changes the surface, and to what. The mask follows from that, so it is exact.
 */
import type { Rng } from '@rddpm/core';
import ndarray, { type NdArray } from 'ndarray';
import type { Rgb } from './colour.ts';

/** Coordinates run from 0 to 1 over the frame, x to the right and y down. */
export type Surface = (x: number, y: number) => Rgb;

/** What is there instead of the healthy surface; undefined where nothing is changed. `marked`: it belongs to the mask. */
export type Flaw = (x: number, y: number) => { readonly colour: Rgb; readonly marked: boolean } | undefined;

export type Scene = {
  readonly surface: Surface;
  /** Brightness of the light, 1 on average. */
  readonly light: (x: number, y: number) => number;
  /** A flaw of each kind that the scene can have, somewhere, somehow. */
  readonly flaws: Readonly<Record<string, (rng: Rng) => Flaw>>;
};

export type Picture = {
  /** [size, size, 3] in [0, 1], multiples of 1/255: what a PNG can hold. */
  readonly image: NdArray<Float32Array>;
  /** [size, size], 1 where a flaw covers at least a third of the pixel. */
  readonly mask: NdArray<Uint8Array>;
};

/** @property change What the flaw changes, before noise and clipping: the root mean square over the whole picture and its channels, of 255. */
export type Rendered = Picture & { readonly change: number };

const SAMPLES = 3; // per pixel and axis
const MARKED_SHARE = 1 / 3;
const SENSOR_NOISE = 0.012; // standard deviation

/** Averages 3x3 samples per pixel, then adds sensor noise. */
export function render({ surface, light }: Scene, flaw: Flaw | undefined, size: number, rng: Rng): Rendered {
  const noise = rng.normal(new Float32Array(size * size * 3));
  const image = new Float32Array(size * size * 3);
  const mask = new Uint8Array(size * size);
  let squares = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let [r, g, b, marked] = [0, 0, 0, 0];
      const changed = [0, 0, 0];
      for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
        const x = (column + ((sample % SAMPLES) + 0.5) / SAMPLES) / size;
        const y = (row + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES) / size;
        const change = flaw?.(x, y);
        if (change?.marked) marked++;
        const colour = change ? change.colour : surface(x, y);
        if (change) for (const [channel, value] of surface(x, y).entries()) changed[channel]! += colour[channel]! - value;
        r += colour[0];
        g += colour[1];
        b += colour[2];
      }
      const pixel = row * size + column;
      const exposure = light((column + 0.5) / size, (row + 0.5) / size) / SAMPLES ** 2;
      const expose = (channel: number, sum: number) => {
        const at = pixel * 3 + channel;
        image[at] = Math.round(255 * clip(sum * exposure + SENSOR_NOISE * noise[at]!)) / 255;
      };
      expose(0, r);
      expose(1, g);
      expose(2, b);
      for (const difference of changed) squares += (255 * exposure * difference) ** 2;
      mask[pixel] = marked >= MARKED_SHARE * SAMPLES ** 2 ? 1 : 0;
    }
  }
  return { image: ndarray(image, [size, size, 3]), mask: ndarray(mask, [size, size]), change: Math.sqrt(squares / image.length) };
}

/** A light from a random side: its strength varies from picture to picture, within `gain`, and falls off across each. */
export function sideLight(rng: Rng, gain: readonly [low: number, high: number] = [0.8, 1.15]): Scene['light'] {
  const strength = between(rng, ...gain);
  const slope = between(rng, 0.05, 0.5);
  const angle = between(rng, 0, 2 * Math.PI);
  const [dx, dy] = [slope * Math.cos(angle), slope * Math.sin(angle)];
  return (x, y) => strength * (1 + dx * (x - 0.5) + dy * (y - 0.5));
}

/** Uniform in [low, high). */
export function between(rng: Rng, low: number, high: number): number {
  return low + (high - low) * rng.uniform();
}

/** 0 up to `from`, 1 beyond `to`, smooth between. */
export function smoothstep(from: number, to: number, value: number): number {
  const t = clip((value - from) / (to - from));
  return t * t * (3 - 2 * t);
}

function clip(value: number): number {
  return Math.min(1, Math.max(0, value));
}
