/**
 * The inside of a mask as runs: what is inside of a row without a gap. In the order of their first pixels; run r covers the pixels
 * `starts[r]` to `ends[r] - 1`, and belongs to region `regions[r]`, 1 to `count` in the order of the regions' first pixels.
 */
export type Runs = {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly regions: Int32Array;
  readonly count: number;
};

/**
 * Runs that touch at a side or a corner are of one region (8-connectivity). One pass over the pixels, one over the runs of
 * neighbouring rows, which joins their trees (union-find), one that numbers the roots.
 */
export function findRuns(mask: ArrayLike<number>, width: number, height: number): Runs {
  const { starts, ends, rows } = runsOf(mask, width, height);
  const parents = new Int32Array(starts.length); // each root is the first run of its tree
  for (let run = 0; run < parents.length; run++) parents[run] = run;
  for (let row = 1; row < height; row++) {
    let above = rows[row - 1]!;
    const last = rows[row]!;
    for (let run = last; run < rows[row + 1]! && above < last; ) {
      const from = starts[run]! - width;
      const to = ends[run]! - width;
      if (ends[above]! >= from && starts[above]! <= to) join(parents, above, run);
      // The one that ends first is done with; where both end together, so that neither's next touches the other, either may be.
      if (ends[above]! <= to) above++;
      else run++;
    }
  }
  let count = 0;
  const regions = parents; // a parent comes before its children, so it has its number when they ask
  for (let run = 0; run < parents.length; run++) regions[run] = parents[run] === run ? ++count : regions[parents[run]!]!;
  return { starts, ends, regions, count };
}

function join(parents: Int32Array, a: number, b: number): void {
  if (parents[a] === parents[b]) return;
  const rootA = rootOf(parents, a);
  const rootB = rootOf(parents, b);
  if (rootA < rootB) parents[rootB] = rootA;
  else parents[rootA] = rootB;
}

function rootOf(parents: Int32Array, run: number): number {
  while (parents[run] !== run) {
    const grandparent = parents[parents[run]!]!;
    parents[run] = grandparent; // halves the way for the next one
    run = grandparent;
  }
  return run;
}

/** `rows[y]` is the first run of row y; `rows[height]` is how many there are. */
function runsOf(mask: ArrayLike<number>, width: number, height: number): { starts: Int32Array; ends: Int32Array; rows: Int32Array } {
  const bytes = toBytes(mask);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2); // most of most masks is 0: four pixels at a look
  const rows = new Int32Array(height + 1);
  let starts = new Int32Array(1024);
  let ends = new Int32Array(1024);
  let count = 0;
  for (let row = 0; row < height; row++) {
    rows[row] = count;
    if (starts.length < count + width) {
      starts = lengthened(starts, count + width);
      ends = lengthened(ends, count + width);
    }
    const stop = (row + 1) * width;
    for (let pixel = row * width; ; ) {
      while (pixel < stop && bytes[pixel] === 0) {
        // Four may lead past the row's end: the next row starts anew.
        pixel += pixel % 4 === 0 && words[pixel / 4] === 0 ? 4 : 1;
      }
      if (pixel >= stop) break;
      starts[count] = pixel;
      while (pixel < stop && bytes[pixel] !== 0) pixel++;
      ends[count++] = pixel;
    }
  }
  rows[height] = count;
  return { starts: starts.subarray(0, count), ends: ends.subarray(0, count), rows };
}

/** Read in place where it is bytes that 32-bit words can lie over. */
function toBytes(mask: ArrayLike<number>): Uint8Array {
  if (mask instanceof Uint8Array) return mask.byteOffset % 4 === 0 ? mask : mask.slice();
  const bytes = new Uint8Array(mask.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = mask[i] ? 1 : 0; // Whatever isn't 0 is inside.
  return bytes;
}

function lengthened(values: Int32Array, atLeast: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(Math.max(2 * values.length, atLeast));
  longer.set(values);
  return longer;
}
