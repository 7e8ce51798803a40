export type TiffOptions = {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4 | 5;
  readonly values: Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;
  readonly orientation?: number;
};

/** A TIFF by hand, which sharp can't write of most numbers: little-endian, one strip. */
export function tiffOf({ width, height, channels, values, orientation }: TiffOptions): Uint8Array {
  const SHORT = 3;
  const LONG = 4;
  const isFloat = values instanceof Float32Array || values instanceof Float64Array;
  const isSigned = values instanceof Int8Array || values instanceof Int16Array || values instanceof Int32Array;
  const colours = channels < 3 ? 1 : 3;
  const tags = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, new Array<number>(channels).fill(8 * values.BYTES_PER_ELEMENT)],
    [259, SHORT, [1]], // not compressed
    [262, SHORT, [colours === 1 ? 1 : 2]], // black is zero, or RGB
    [273, LONG, [8]], // where the pixels begin
    ...(orientation === undefined ? [] : [[274, SHORT, [orientation]] as const]),
    [277, SHORT, [channels]],
    [278, LONG, [height]],
    [279, LONG, [values.byteLength]],
    ...(channels > colours ? [[338, SHORT, new Array<number>(channels - colours).fill(2)] as const] : []), // alpha, not multiplied in
    [339, SHORT, new Array<number>(channels).fill(isFloat ? 3 : isSigned ? 2 : 1)],
  ] as const;
  const ROOM = 10; // values that don't fit in their tag: five shorts at most
  const directory = 8 + 2 * Math.ceil(values.byteLength / 2);
  const behind = directory + 2 + 12 * tags.length + 4;
  const bytes = new Uint8Array(behind + ROOM * tags.length);
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
    if (!fits) view.setUint32(at + 8, behind + ROOM * i, true);
    for (const [k, value] of numbers.entries()) {
      const to = (fits ? at + 8 : behind + ROOM * i) + k * (type === SHORT ? 2 : 4);
      if (type === SHORT) view.setUint16(to, value, true);
      else view.setUint32(to, value, true);
    }
  }
  return bytes;
}
