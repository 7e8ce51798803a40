/**
 * Whole numbers from 0 to 2^32 − 1 that look random, the same for the same seed on every machine.
 *
 * sfc32, the Small Fast Counter generator of Chris Doty-Humphrey: 128 bits of state, a period of 2^32 at the very least, passes
 * PractRand and BigCrush. Not for secrets.
 *
 * @see https://pracrand.sourceforge.net/
 */
export function randomNumbers(seed: number): () => number {
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = 0;
  let counter = 1;
  const next = () => {
    const drawn = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + drawn;
    return drawn >>> 0;
  };
  for (let round = 0; round < 20; round++) next(); // until close seeds have nothing in common
  return next;
}

/** A whole number below `count`, each as likely as the others. `count` is from 1 to 2^32. */
export function drawBelow(count: number, next: () => number): number {
  const fair = 2 ** 32 - (2 ** 32 % count); // above it the lower numbers would come once more than the others
  for (;;) {
    const drawn = next();
    if (drawn < fair) return drawn % count;
  }
}
