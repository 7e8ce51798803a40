/** Conversions between frames, which methods are shown, and pictures, which people look at. */
import type { Preparation, Region, Size } from '@rddpm/core/contracts';
import { cut, mapLayout, placementOf } from '@rddpm/data';
import { resizeMap } from '@rddpm/maps';
import ndarray, { type NdArray } from 'ndarray';
import type { AnomalyMap } from '../maps/anomaly-map.ts';

/** For the rows of a set: the sizes of their pictures, and how these became frames. */
export type Framing = { readonly pictures: readonly Size[]; readonly preparation: Preparation };

/** Where in its frame a picture is. */
export function contentOf({ pictures, preparation }: Framing, row: number): Region {
  return placementOf(pictures[row]!, preparation).target;
}

/** What a row's map in a file shows of the picture that the frame has, at the frame's resolution: files may hold less of what it enlarges. */
export function contentOfMap({ pictures, preparation }: Framing, row: number, map: AnomalyMap): AnomalyMap {
  const { seen } = mapLayout(pictures[row]!, preparation);
  const { width, height } = placementOf(pictures[row]!, preparation).target;
  return { width, height, data: resizeMap(cut(map.data, map.width, seen), seen, { width, height }) };
}

/** Maps [n, h, w] of one framing as those of another of the same pictures; 0 in the padding. */
export function reframed(maps: NdArray<Float32Array>, from: Framing, to: Framing): NdArray<Float32Array> {
  const [n, height, width] = maps.shape as [number, number, number];
  const { size } = to.preparation;
  if (size.width === width && size.height === height) return maps;
  const data = new Float32Array(n * size.width * size.height);
  for (let i = 0; i < n; i++) {
    const before = contentOf(from, i);
    const map = cut(maps.data.subarray(i * height * width, (i + 1) * height * width), width, before);
    const now = contentOf(to, i);
    const resized = resizeMap(map, before, now);
    for (let y = 0; y < now.height; y++) {
      data.set(resized.subarray(y * now.width, (y + 1) * now.width), (i * size.height + now.y + y) * size.width + now.x);
    }
  }
  return ndarray(data, [n, size.height, size.width]);
}
