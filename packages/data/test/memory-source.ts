import type { FileSource, Raster } from '../src/index.ts';

/** Rasters in memory under the paths they would have. null: bytes that don't decode. Strings are text files. */
export function memorySource(
  files: Readonly<Record<string, Raster | string | null>>,
  name = 'test',
): FileSource & { readonly reads: string[] } {
  const paths = Object.keys(files);
  const reads: string[] = [];
  const rasterOf = (bytes: Uint8Array) => {
    const raster = files[paths[bytes[0]!]!];
    if (!raster || typeof raster === 'string') throw new Error('unexpected end of file');
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
      const text = files[path];
      return typeof text === 'string' ? new TextEncoder().encode(text) : Uint8Array.of(index);
    },
    decode: async (bytes) => rasterOf(bytes),
    async inspect(bytes) {
      const { width, height, channels, data } = rasterOf(bytes);
      const type = data instanceof Uint8Array ? 'uint8' : data instanceof Uint16Array ? 'uint16' : 'float32';
      return { width, height, format: 'png', type, channels, hasAlpha: channels % 2 === 0, orientation: 1, pages: 1 };
    },
  };
}

/** One gray picture, filled with a value or with the values given: of 8 bits, or as they are typed. */
export function gray(width: number, height: number, values: number | readonly number[] | Uint16Array | Float32Array): Raster {
  if (values instanceof Uint16Array || values instanceof Float32Array) return { width, height, channels: 1, data: values };
  const data = typeof values === 'number' ? new Uint8Array(width * height).fill(values) : Uint8Array.from(values);
  return { width, height, channels: 1, data };
}
