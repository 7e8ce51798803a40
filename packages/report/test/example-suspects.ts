import type { RatedImage, Suspects } from '../src/index.ts';

/** Ten images with scores 1 … 10 and a cut-off above 7; numbers 6, 9 and 10 are contaminated: two of three found, one false alarm. */
export function tenImages(): RatedImage[] {
  return Array.from({ length: 10 }, (_, index) => ({
    name: `good/${String(index + 1).padStart(3, '0')}`,
    score: index + 1,
    kept: index + 1 <= 7,
    contaminated: [6, 9, 10].includes(index + 1),
  }));
}

export function suspectsOf(images: readonly RatedImage[], changes: Partial<Suspects> = {}): Suspects {
  return { images, cutoff: 7, rule: 'median + 3 deviations (MAD)', ...changes };
}

/** As when the truth is unknown. */
export function withoutTruth(images: readonly RatedImage[]): RatedImage[] {
  return images.map(({ name, score, kept }) => ({ name, score, kept }));
}

/** All three kinds, of 2 x 2 pixels. */
export function withPictures(images: readonly RatedImage[]): RatedImage[] {
  return images.map((rated) => ({
    ...rated,
    image: { width: 2, height: 2, data: Float32Array.of(0, 0.2, 0.4, 0.6) },
    reconstruction: { width: 2, height: 2, data: Uint8Array.of(0, 50, 100, 150) },
    map: { width: 2, height: 2, data: [0, 0.1, 0.2, rated.score / 10] },
  }));
}
