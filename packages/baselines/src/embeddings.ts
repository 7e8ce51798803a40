/** What a network sees at a position, from all its taps: how methods arrange feature maps on one grid. */

import type { FeatureMaps } from '@rddpm/features';
import { resizeMap } from '@rddpm/maps';
import ndarray, { type NdArray } from 'ndarray';

/** On the grid of one tap. @returns [n, height, width, dims], row-major. */
export type Embed = (maps: FeatureMaps) => NdArray<Float32Array>;

export const GRIDS = ['finest', 'middle', 'coarsest'] as const;

/**
 * Channels of all taps, one after the other, as in PaDiM: coarser maps are brought to the grid by nearest neighbours, finer ones by the mean of what falls into
 * a cell.
 *
 * @param grid The tap whose grid is used; of two taps, 'middle' is the finer one.
 */
export function concatenated(grid: (typeof GRIDS)[number]): Embed {
  return (maps) => {
    const last = maps.length - 1;
    const chosen = maps[{ finest: 0, middle: Math.floor(last / 2), coarsest: last }[grid]]!;
    const [n, h, w] = chosen.shape as Shape;
    const dims = maps.reduce((sum, { shape }) => sum + shape[3]!, 0);
    const all = new Float32Array(n * h * w * dims);
    let first = 0; // of the tap's channels
    for (const { shape, data } of maps) {
      const [, height, width, channels] = shape as Shape;
      const rows = cells(height, h);
      const columns = cells(width, w);
      for (let i = 0; i < n; i++) {
        for (let y = 0; y < h; y++) {
          for (let x = 0; x < w; x++) {
            const into = ((i * h + y) * w + x) * dims + first;
            const [top, bottom] = rows[y]!;
            const [left, right] = columns[x]!;
            const share = 1 / ((bottom - top) * (right - left));
            for (let row = top; row < bottom; row++) {
              for (let column = left; column < right; column++) {
                const from = ((i * height + row) * width + column) * channels;
                for (let k = 0; k < channels; k++) all[into + k]! += share * data[from + k]!;
              }
            }
          }
        }
      }
      first += channels;
    }
    return ndarray(all, [n, h, w, dims]);
  };
}

type Shape = [n: number, h: number, w: number, c: number];

/** For each of `to` cells, which of the `from` values are averaged: begin and end, exclusive. Where `from` is smaller than `to`, the one value at the cell's centre. */
function cells(from: number, to: number): (readonly [begin: number, end: number])[] {
  return Array.from({ length: to }, (_, i) => {
    if (from > to) return [Math.floor((i * from) / to), Math.ceil(((i + 1) * from) / to)];
    const at = Math.floor(((i + 0.5) * from) / to);
    return [at, at + 1];
  });
}

/**
 * PatchCore's embedding, as its authors compute it. For each of the coarsest taps, the 3x3 positions around one (zeros beyond the edge) are unfolded channel by channel and
 * averaged to `dims` numbers. Coarser taps are resized bilinearly to the grid of the finest one of them. All taps are concatenated and averaged to `dims` numbers again.
 *
 * @see Roth et al. (2022), https://arxiv.org/abs/2106.08265, and the code beside it
 */
export function neighbourhoods({ taps, dims }: { readonly taps: number; readonly dims: number }): Embed {
  return (maps) => {
    const used = maps.slice(-taps);
    const [n, h, w] = used[0]!.shape as Shape;
    const each = used.map((map) => resized(around(map, dims), [h, w]));
    const all = new Float32Array(n * h * w * dims);
    const together = new Float32Array(used.length * dims);
    for (let at = 0; at < n * h * w; at++) {
      each.forEach(({ data }, tap) => {
        together.set(data.subarray(at * dims, (at + 1) * dims), tap * dims);
      });
      averagedInto(all.subarray(at * dims, (at + 1) * dims), together);
    }
    return ndarray(all, [n, h, w, dims]);
  };
}

/** [n, h, w, dims] */
function around({ shape, data }: NdArray<Float32Array>, dims: number): NdArray<Float32Array> {
  const [n, h, w, c] = shape as Shape;
  const all = new Float32Array(n * h * w * dims);
  const patch = new Float32Array(9 * c);
  for (let i = 0; i < n; i++) {
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        patch.fill(0);
        for (let near = 0; near < 9; near++) {
          const row = y + Math.floor(near / 3) - 1;
          const column = x + (near % 3) - 1;
          if (row < 0 || row >= h || column < 0 || column >= w) continue;
          const from = ((i * h + row) * w + column) * c;
          for (let k = 0; k < c; k++) patch[9 * k + near] = data[from + k]!;
        }
        const at = (i * h + y) * w + x;
        averagedInto(all.subarray(at * dims, (at + 1) * dims), patch);
      }
    }
  }
  return ndarray(all, [n, h, w, dims]);
}

/** As PyTorch's `adaptive_avg_pool1d`: parts overlap where lengths don't divide, and repeat where `into` is the longer. */
function averagedInto(into: Float32Array, values: Float32Array): void {
  const { length } = values;
  for (let i = 0; i < into.length; i++) {
    const begin = Math.floor((i * length) / into.length);
    const end = Math.ceil(((i + 1) * length) / into.length);
    let sum = 0;
    for (let k = begin; k < end; k++) sum += values[k]!;
    into[i] = sum / (end - begin);
  }
}

/** Channel by channel, bilinear. */
function resized(maps: NdArray<Float32Array>, [h, w]: readonly [number, number]): NdArray<Float32Array> {
  const [n, height, width, c] = maps.shape as Shape;
  if (height === h && width === w) return maps;
  const all = new Float32Array(n * h * w * c);
  const plane = new Float32Array(height * width);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < c; k++) {
      for (let at = 0; at < plane.length; at++) plane[at] = maps.data[(i * plane.length + at) * c + k]!;
      const larger = resizeMap(plane, { width, height }, { width: w, height: h });
      for (let at = 0; at < h * w; at++) all[(i * h * w + at) * c + k] = larger[at]!;
    }
  }
  return ndarray(all, [n, h, w, c]);
}
