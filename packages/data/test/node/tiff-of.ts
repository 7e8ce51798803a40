export type TiffOptions = {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4 | 5;
  readonly values: Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;
  readonly orientation?: number;
  /** Of each number, where `values` hold them packed. @defaultValue those of the type of `values` */
  readonly bits?: number;
  /** Of the header: `values` are taken as they lie in memory. @defaultValue false */
  readonly bigEndian?: boolean;
  /** TIFF's PhotometricInterpretation. @defaultValue black is zero, or RGB */
  readonly photometric?: number;
};

/** A TIFF by hand, which sharp can't write of most numbers: one strip. */
export function tiffOf(options: TiffOptions): Uint8Array {
  const { width, height, channels, values, orientation, bits = 8 * values.BYTES_PER_ELEMENT, bigEndian = false } = options;
  const SHORT = 3;
  const LONG = 4;
  const isFloat = values instanceof Float32Array || values instanceof Float64Array;
  const isSigned = values instanceof Int8Array || values instanceof Int16Array || values instanceof Int32Array;
  const colours = channels < 3 ? 1 : 3;
  const tags = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, new Array<number>(channels).fill(bits)],
    [259, SHORT, [1]], // not compressed
    [262, SHORT, [options.photometric ?? (colours === 1 ? 1 : 2)]],
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
  bytes.set(bigEndian ? [0x4d, 0x4d, 0, 42] : [0x49, 0x49, 42, 0]);
  view.setUint32(4, directory, !bigEndian);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 8);
  view.setUint16(directory, tags.length, !bigEndian);
  for (const [i, [tag, type, numbers]] of tags.entries()) {
    const at = directory + 2 + 12 * i;
    view.setUint16(at, tag, !bigEndian);
    view.setUint16(at + 2, type, !bigEndian);
    view.setUint32(at + 4, numbers.length, !bigEndian);
    const fits = numbers.length * (type === SHORT ? 2 : 4) <= 4;
    if (!fits) view.setUint32(at + 8, behind + ROOM * i, !bigEndian);
    for (const [k, value] of numbers.entries()) {
      const to = (fits ? at + 8 : behind + ROOM * i) + k * (type === SHORT ? 2 : 4);
      if (type === SHORT) view.setUint16(to, value, !bigEndian);
      else view.setUint32(to, value, !bigEndian);
    }
  }
  return bytes;
}
