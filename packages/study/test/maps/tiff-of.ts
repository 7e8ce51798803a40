/** A TIFF by hand: little-endian, one strip, whatever its tags say. */
export function tiffOf(options: {
  width: number;
  height: number;
  values: Float32Array | Float64Array;
  /** Instead of those that would be right. */
  tags?: Readonly<Record<number, number>>;
  /** 4, a 32-bit integer, unless told. */
  types?: Readonly<Record<number, number>>;
  /** Where the next image is. */
  next?: number;
}): Uint8Array {
  const { width, height, values, types = {}, next = 0 } = options;
  const right = {
    256: width,
    257: height,
    258: values.BYTES_PER_ELEMENT * 8,
    259: 1,
    262: 1,
    273: 0,
    277: 1,
    278: height,
    279: values.byteLength,
    339: 3,
  };
  const tags = Object.entries({ ...right, ...options.tags });
  const pixelsAt = 8 + 2 + 12 * tags.length + 4;
  const bytes = new Uint8Array(pixelsAt + values.byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  view.setUint16(8, tags.length, true);
  for (const [i, [tag, value]] of tags.entries()) {
    const at = 10 + 12 * i;
    view.setUint16(at, Number(tag), true);
    view.setUint16(at + 2, types[Number(tag)] ?? 4, true);
    view.setUint32(at + 4, 1, true);
    view.setUint32(at + 8, Number(tag) === 273 && value === 0 ? pixelsAt : value, true);
  }
  view.setUint32(pixelsAt - 4, next, true);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), pixelsAt);
  return bytes;
}
