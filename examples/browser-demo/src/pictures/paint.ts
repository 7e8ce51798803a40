import { infernoScale } from '@rddpm/report/pictures';

const SHADES = 256;

const SCALE = infernoScale(0, SHADES - 1);

/** Inferno as a table, for painting many pixels: [256, 3]. */
const TABLE = Uint8Array.from(Array.from({ length: SHADES }, (_, i) => SCALE.rgb(i)).flatMap((rgb) => [...rgb]));

/** A picture [size, size, channels] in bytes. */
export function paintPicture(canvas: HTMLCanvasElement, pixels: Uint8Array, size: number, channels: 1 | 3): void {
  paint(canvas, size, (i, k) => pixels[channels === 3 ? 3 * i + k : i]!);
}

/** A map [size, size]: 0 is black, `to` and beyond the brightest. */
export function paintHeat(canvas: HTMLCanvasElement, map: Float32Array, size: number, to: number): void {
  paint(canvas, size, (i, k) => TABLE[3 * Math.round((SHADES - 1) * Math.min(1, Math.max(0, map[i]! / to))) + k]!);
}

function paint(canvas: HTMLCanvasElement, size: number, colour: (pixel: number, channel: number) => number): void {
  canvas.width = size;
  canvas.height = size;
  const image = new ImageData(size, size);
  for (let i = 0; i < size * size; i++) {
    for (let k = 0; k < 3; k++) image.data[4 * i + k] = colour(i, k);
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}
