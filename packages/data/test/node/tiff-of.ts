/** A TIFF by hand, which sharp can't write of floats: little-endian, one strip. */
export function tiffOf(options: { width: number; height: number; channels: 1 | 3; values: Float32Array | Int32Array }): Uint8Array {
  const { width, height, channels, values } = options;
  const SHORT = 3;
  const LONG = 4;
  const tags = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, new Array(channels).fill(32)], // bits
    [259, SHORT, [1]], // not compressed
    [262, SHORT, [channels === 1 ? 1 : 2]], // black is zero, or RGB
    [273, LONG, [8]], // where the pixels begin
    [277, SHORT, [channels]],
    [278, LONG, [height]],
    [279, LONG, [values.byteLength]],
    [339, SHORT, new Array(channels).fill(values instanceof Float32Array ? 3 : 2)], // float, or integer with a sign
  ] as const;
  const directory = 8 + values.byteLength;
  const behind = directory + 2 + 12 * tags.length + 4; // values that don't fit in their tag
  const bytes = new Uint8Array(behind + 8 * tags.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, directory, true);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 8);
  view.setUint16(directory, tags.length, true);
  for (const [i, [tag, type, numbers]] of tags.entries()) {
    const at = directory + 2 + 12 * i;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, numbers.length, true);
    const fits = numbers.length * (type === SHORT ? 2 : 4) <= 4;
    if (!fits) view.setUint32(at + 8, behind + 8 * i, true);
    for (const [k, value] of numbers.entries()) {
      const to = (fits ? at + 8 : behind + 8 * i) + k * (type === SHORT ? 2 : 4);
      if (type === SHORT) view.setUint16(to, value, true);
      else view.setUint32(to, value, true);
    }
  }
  return bytes;
}
