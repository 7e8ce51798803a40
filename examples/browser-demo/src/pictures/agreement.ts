/** What a threshold finds, against what is there. */
export type Agreement = { readonly precision: number; readonly recall: number; readonly f1: number };

/**
 * Over the pixels of all images with a known mask; NaN where nothing is marked (precision) or nothing is there (recall).
 *
 * @param masked Whether each image's mask is known.
 */
export function agreementAt(
  threshold: number,
  { maps, masks, masked, size }: { maps: Float32Array; masks: Uint8Array; masked: readonly boolean[]; size: number },
): Agreement {
  let [both, marked, there] = [0, 0, 0];
  for (const [row, known] of masked.entries()) {
    if (!known) continue;
    for (let i = row * size * size; i < (row + 1) * size * size; i++) {
      const found = maps[i]! >= threshold;
      if (found) marked++;
      if (masks[i] === 1) {
        there++;
        if (found) both++;
      }
    }
  }
  return { precision: both / marked, recall: both / there, f1: (2 * both) / (marked + there) };
}
