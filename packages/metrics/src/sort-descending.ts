/**
 * The values from high to low; `values` itself is used as scratch. No NaN and no -0 among them, please: the first has no place in
 * an order, the second would come after +0, to which it is equal.
 *
 * float32 goes through a radix sort of three passes, about five times as fast as the native sort that float64 gets.
 */
export function sortDescending<T extends Float32Array | Float64Array>(values: T): T {
  return (values instanceof Float32Array ? radixSort(values) : values.sort().reverse()) as T;
}

/**
 * Least significant digit first, in three digits of 11 bits. The bits of float32 order as unsigned integers do once those of the
 * positive numbers are turned over: highest value, smallest key.
 */
function radixSort(values: Float32Array): Float32Array {
  let keys: Int32Array = new Int32Array(values.buffer, values.byteOffset, values.length);
  let sorted: Int32Array = new Int32Array(values.length);
  turnPositives(keys);
  for (let shift = 0; shift < 32; shift += 11) {
    const next = new Uint32Array(2049);
    for (let i = 0; i < keys.length; i++) next[((keys[i]! >>> shift) & 2047) + 1]!++;
    for (let digit = 1; digit < 2048; digit++) next[digit]! += next[digit - 1]!;
    for (let i = 0; i < keys.length; i++) sorted[next[(keys[i]! >>> shift) & 2047]!++] = keys[i]!;
    [keys, sorted] = [sorted, keys];
  }
  turnPositives(keys);
  return new Float32Array(keys.buffer, keys.byteOffset, keys.length);
}

/** Turns over the 31 lower bits where the sign bit is clear. Its own inverse. */
function turnPositives(keys: Int32Array): void {
  for (let i = 0; i < keys.length; i++) keys[i]! ^= ~(keys[i]! >> 31) >>> 1;
}
