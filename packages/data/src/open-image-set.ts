import { ConfigError, FormatError, sha256 } from '@rddpm/core';
import type { FileSource, Preparation, Sample, Size, TrainingSet, ValueRanges } from '@rddpm/core/contracts';
import ndarray from 'ndarray';
import { withRaster } from './decode.ts';
import { inOrder } from './in-order.ts';
import type { LoadImagesOptions } from './load.ts';
import { naming } from './naming.ts';
import { isBeyond, type Prepared, placementOf, preparationOf, prepared, rangesOf, writePixels, writeValidity } from './prepare.ts';

export type OpenImageSetOptions = Omit<LoadImagesOptions, 'batchSize' | 'ranges'> & {
  /** The numbers that become 0 and 1; 'measured' takes them from the set itself. @defaultValue 'measured' */
  readonly ranges?: ValueRanges | 'measured' | undefined;
  /** Bytes of prepared pixels to keep, at most. @defaultValue 1 GiB */
  readonly memory?: number;
};

export type OpenedImageSet = {
  readonly set: TrainingSet;
  /** The samples of the rows, in their order. */
  readonly samples: Sample[];
  /** For each row, the SHA-256 of its file, in hexadecimal. */
  readonly hashes: readonly string[];
  /** For each row, the size of its picture before it was prepared, in pixels. */
  readonly pictures: readonly Size[];
  /** The rows whose pictures have numbers beyond the ranges, which are cut off; none if the ranges were measured. */
  readonly beyond: readonly number[];
  /** How the rows are prepared, with the ranges that were measured. */
  readonly preparation: Preparation;
};

/** @property kept The prepared pixels; undefined where memory was full, so that the file is read again. */
type Row = { readonly sample: Sample; readonly hash: string; readonly picture: Size; readonly kept: Prepared | undefined };

/**
 * A training set of files, which needn't fit in memory, and what belongs to its rows. Values are those of `loadImages`.
 *
 * Each image is decoded once, so that broken ones are known before training, and ranges can be measured. Prepared pixels are kept, two bytes for
 * each number (four of floats), as long as they fit in `memory`; the rows after that are read and decoded anew each time that they are asked for. With `onError` an
 * image that fails is left out of the set and of `samples`; if all fail, the set is empty.
 *
 * `read` says with `valid` where rows are padding, unless none is padded. It throws RangeError for a row that isn't there, and FormatError naming a file that
 * has vanished, or isn't what it was.
 *
 * @throws {FormatError} naming the image that can't be read, decoded or prepared, unless `onError` is given; {ConfigError} for wrong options.
 */
export async function openImageSet(source: FileSource, samples: readonly Sample[], options: OpenImageSetOptions): Promise<OpenedImageSet> {
  const { memory = 2 ** 30, onError, ranges = 'measured', ...rest } = options;
  const asked = preparationOf('openImageSet', { ...rest, ...(ranges !== 'measured' && { ranges }) });
  if (!(memory >= 0)) throw new ConfigError(`openImageSet: memory is ${memory}; it must be a number of bytes, 0 or more`);

  const look = (sample: Sample) =>
    naming(`openImageSet: ${sample.path}`, async () => {
      const bytes = await source.read(sample.path);
      const [hash, pixels] = await Promise.all([
        sha256(bytes),
        withRaster(source, bytes, (raster) => prepared(raster, asked, sample.variation)),
      ]);
      return { hash, pixels };
    });
  const rows: Row[] = [];
  const seen: Pick<Prepared, 'type' | 'least' | 'most'>[] = [];
  let left = memory;
  for await (const { item: sample, result } of inOrder(samples, look)) {
    if (result.status === 'fulfilled') {
      const { hash, pixels } = result.value;
      const { picture, type, least, most, values } = pixels;
      const fits = values.byteLength <= left;
      if (fits) left -= values.byteLength;
      seen.push({ type, least, most });
      rows.push({ sample, hash, picture, kept: fits ? pixels : undefined });
    } else if (onError && result.reason instanceof FormatError) onError({ sample, error: result.reason });
    else throw result.reason;
  }
  const preparation = ranges === 'measured' ? { ...asked, ranges: rangesOf(seen) } : asked;
  return {
    set: setOf(source, rows, preparation),
    samples: rows.map(({ sample }) => sample),
    hashes: rows.map(({ hash }) => hash),
    pictures: rows.map(({ picture }) => picture),
    beyond: seen.flatMap((picture, row) => (isBeyond(picture, preparation.ranges ?? {}) ? row : [])),
    preparation,
  };
}

function setOf(source: FileSource, all: readonly Row[], preparation: Preparation): TrainingSet {
  const { size, channels, ranges = {} } = preparation;
  const shape = [size.height, size.width, channels] as const;
  const pixels = size.height * size.width;
  const targetOf = ({ picture }: Row) => placementOf(picture, preparation).target;
  const isPadded = all.some((row) => {
    const { width, height } = targetOf(row);
    return width < size.width || height < size.height;
  });
  const preparedRow = ({ sample, hash, kept }: Row) =>
    kept ??
    naming(`openImageSet: ${sample.path}`, async () => {
      const bytes = await source.read(sample.path);
      if ((await sha256(bytes)) !== hash) throw new FormatError('has changed since the set was opened; open it anew');
      return withRaster(source, bytes, (raster) => prepared(raster, preparation, sample.variation));
    });

  return {
    count: all.length,
    shape,
    range: 'pixels',
    async read(rows) {
      const values = new Float32Array(rows.length * pixels * channels);
      const places = new Map<Row, number[]>(); // a row that is asked for twice is decoded once
      for (const [place, index] of rows.entries()) {
        const row = all[index];
        if (!row) throw new RangeError(`openImageSet: there is no row ${index} among the ${all.length} of the set, which count from 0`);
        places.set(row, [...(places.get(row) ?? []), place]);
      }
      for await (const { item: row, result } of inOrder([...places.keys()], async (row) => preparedRow(row))) {
        if (result.status === 'rejected') throw result.reason;
        for (const place of places.get(row)!) writePixels(result.value, ranges, values, place * pixels * channels);
      }
      const batch = { values: ndarray(values, [rows.length, ...shape]), range: 'pixels' } as const;
      if (!isPadded) return batch;
      const masks = new Uint8Array(rows.length * pixels);
      for (const [place, index] of rows.entries()) writeValidity(preparation, targetOf(all[index]!), masks, place * pixels);
      return { ...batch, valid: ndarray(masks, [rows.length, size.height, size.width]) };
    },
  };
}
