import { createRng } from '@rddpm/core';
import type { TestImage } from '@rddpm/study';

export type RandomOptions = {
  readonly seed: number;
  readonly kinds: readonly string[];
  readonly good: number;
  readonly perKind: number;
  readonly sizeOf?: (index: number) => readonly [width: number, height: number];
  /** Scores are whole multiples of 1 / levels: the fewer, the more ties. */
  readonly levels?: number;
  readonly from?: typeof Float32Array.from | typeof Float64Array.from;
};

/** Good images, then defective ones with a rectangle that scores higher on average. Image 1 of each kind has an empty mask. */
export function randomImages({ seed, kinds, good, perKind, sizeOf = () => [7, 5], levels = 12, from }: RandomOptions): TestImage[] {
  const rng = createRng(seed);
  const named = [
    ...Array.from({ length: good }, (_, i) => ({ kind: 'good', i, anomalous: false })),
    ...kinds.flatMap((kind) => Array.from({ length: perKind }, (_, i) => ({ kind, i, anomalous: true }))),
  ];
  return named.map(({ kind, i, anomalous }, index) => {
    const [width, height] = sizeOf(index);
    const [left, top] = [Math.floor(rng.uniform() * (width - 2)), Math.floor(rng.uniform() * (height - 2))];
    const mask = Uint8Array.from({ length: width * height }, (_, k) => {
      const [x, y] = [k % width, Math.floor(k / width)];
      return anomalous && i !== 1 && x >= left && x < left + 2 && y >= top && y < top + 2 ? 1 : 0;
    });
    const scores = [...mask].map((label) => Math.round((rng.uniform() + 0.4 * label) * levels) / levels);
    const map = from === undefined ? Float32Array.from(scores) : from(scores);
    return { path: `test/${kind}/${String(i).padStart(3, '0')}.png`, kind, anomalous, map, mask, width, height, score: Math.max(...map) };
  });
}
