import { ConfigError, FormatError } from '@rddpm/core';
import type { FileSource, Raster, Sample, Size, TrainingSet } from '@rddpm/core/contracts';
import ndarray from 'ndarray';
import { assertChannels, decodeImage, naming, sizeOf, writePixels } from './image-pixels.ts';
import { inOrder } from './in-order.ts';
import type { LoadImagesOptions } from './load.ts';

export type OpenImageSetOptions = Omit<LoadImagesOptions, 'batch'> & {
  /** Bytes of decoded pixels to keep, at most. @defaultValue 1 GiB */
  readonly memory?: number;
};

/** A row of the set: its pixels, or what the file was when they were seen. */
type Row = { readonly path: string } & ({ readonly pixels: Raster['data'] } | { readonly fingerprint: number });

/**
 * A training set of files, which needn't fit in memory, and the samples of its rows. Values are those of `loadImages`.
 *
 * Each image is decoded once, so that broken ones are known before training. Decoded pixels are kept, in their own type (three bytes for a
 * pixel of 8 bits in colour), as long as they fit in `memory`; the rows after that are read and decoded anew each time that they are asked
 * for. With `onError` an image that fails is left out of the set and of `samples`; if all fail, the set is empty.
 *
 * `read` throws RangeError for a row that isn't there, and FormatError naming a file that has vanished, or isn't what it was.
 *
 * @throws {FormatError} naming the image that can't be read or decoded, or has floats outside [0, 1], unless `onError` is given;
 * {ConfigError} for wrong options.
 */
export async function openImageSet(
  source: FileSource,
  samples: readonly Sample[],
  options: OpenImageSetOptions,
): Promise<{ readonly set: TrainingSet; readonly samples: Sample[] }> {
  const { channels = 3, memory = 2 ** 30, onError } = options;
  const size = sizeOf('openImageSet: size', options.size);
  assertChannels('openImageSet: channels', channels);
  if (!(memory >= 0)) throw new ConfigError(`openImageSet: memory is ${memory}; it must be a number of bytes, 0 or more`);

  const look = ({ path }: Sample) =>
    naming(`openImageSet: ${path}`, async () => {
      const bytes = await source.read(path);
      return { bytes, pixels: (await decodeImage(source, bytes, size, channels)).data };
    });
  const rows: Row[] = [];
  const readable: Sample[] = [];
  let left = memory;
  for await (const { item: sample, result } of inOrder(samples, look)) {
    if (result.status === 'fulfilled') {
      const { bytes, pixels } = result.value;
      const { path } = sample;
      const fits = pixels.byteLength <= left;
      if (fits) left -= pixels.byteLength;
      rows.push(fits ? { path, pixels } : { path, fingerprint: fingerprintOf(bytes) });
      readable.push(sample);
    } else if (onError && result.reason instanceof FormatError) onError({ sample, error: result.reason });
    else throw result.reason;
  }
  return { set: setOf(source, rows, size, channels), samples: readable };
}

function setOf(source: FileSource, all: readonly Row[], size: Size, channels: 1 | 3): TrainingSet {
  const shape = [size.height, size.width, channels] as const;
  const length = size.height * size.width * channels;
  const pixelsOf = async (row: Row) => {
    if ('pixels' in row) return row.pixels;
    return naming(`openImageSet: ${row.path}`, async () => {
      const bytes = await source.read(row.path);
      if (fingerprintOf(bytes) !== row.fingerprint) throw new FormatError('has changed since the set was opened; open it anew');
      return (await decodeImage(source, bytes, size, channels)).data;
    });
  };
  return {
    count: all.length,
    shape,
    range: 'pixels',
    async read(rows) {
      const values = new Float32Array(rows.length * length);
      const places = new Map<Row, number[]>(); // a row that is asked for twice is decoded once
      for (const [place, index] of rows.entries()) {
        const row = all[index];
        if (!row) throw new RangeError(`openImageSet: there is no row ${index} among the ${all.length} of the set, which count from 0`);
        places.set(row, [...(places.get(row) ?? []), place]);
      }
      for await (const { item: row, result } of inOrder([...places.keys()], pixelsOf)) {
        if (result.status === 'rejected') throw result.reason;
        for (const place of places.get(row)!) writePixels(result.value, values, place * length);
      }
      return { values: ndarray(values, [rows.length, ...shape]), range: 'pixels' };
    },
  };
}

/** FNV-1a, 32 bits. */
function fingerprintOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}
