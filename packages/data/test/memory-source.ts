import type { FileSource, Raster } from '../src/index.ts';

/** Rasters in memory under the paths they would have. null: bytes that don't decode. Resizing takes the nearest pixel. */
export function memorySource(files: Readonly<Record<string, Raster | null>>, name = 'test'): FileSource & { readonly reads: string[] } {
  const paths = Object.keys(files);
  const reads: string[] = [];
  const rasterOf = (bytes: Uint8Array) => {
    const raster = files[paths[bytes[0]!]!];
    if (!raster) throw new Error('unexpected end of file');
    return raster;
  };
  return {
    name,
    reads,
    list: async () => paths,
    async read(path) {
      reads.push(path);
      const index = paths.indexOf(path);
      if (index < 0) throw new Error('no such file');
      return Uint8Array.of(index);
    },
    measure: async (bytes) => rasterOf(bytes),
    async decode(bytes, { channels, size }) {
      const { width, height, channels: had, data } = rasterOf(bytes);
      const { width: w, height: h } = size ?? { width, height };
      const pick = (_: unknown, at: number) => {
        const [x, y] = [Math.floor((at % w) * (width / w)), Math.floor(Math.floor(at / w) * (height / h))];
        return Array.from({ length: channels }, (_, k) => data[(y * width + x) * had + Math.min(k, had - 1)]!);
      };
      const resized = Array.from({ length: w * h }, pick).flat();
      return { width: w, height: h, channels, data: (data.constructor as typeof Uint8Array).from(resized) };
    },
  };
}

/** One gray picture, filled with a value or with the values given: of 8 bits, or as they are typed. */
export function gray(width: number, height: number, values: number | readonly number[] | Uint16Array | Float32Array): Raster {
  if (values instanceof Uint16Array || values instanceof Float32Array) return { width, height, channels: 1, data: values };
  const data = typeof values === 'number' ? new Uint8Array(width * height).fill(values) : Uint8Array.from(values);
  return { width, height, channels: 1, data };
}
