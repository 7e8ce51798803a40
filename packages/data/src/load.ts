import { assertPositiveInteger, FormatError, type ImageBatch, ShapeError } from '@rddpm/core';
import type { DatasetLayout, FileSource, Raster, Sample, Size } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { assertChannels, decodeImage, naming, sizeOf, writePixels } from './image-pixels.ts';
import { inOrder } from './in-order.ts';

export type LoadImagesOptions = {
  /** In pixels; a number is the side of a square. */
  readonly size: number | Size;
  /** 1: gray, 3: RGB. @defaultValue 3 */
  readonly channels?: 1 | 3;
  /** Images per batch. @defaultValue 32 */
  readonly batch?: number;
  /** Called for each image that can't be read or decoded; the others go on. Without it the first one ends the loading. */
  readonly onError?: (problem: LoadProblem) => void;
};

export type LoadMasksOptions = {
  /** Tells where an image's masks are: that of the layout which the samples come from. */
  readonly truth: DatasetLayout['truth'];
  /** In pixels; a number is the side of a square. Each mask's own size when absent. */
  readonly size?: number | Size;
  /** Masks per batch, at most. @defaultValue 32 */
  readonly batch?: number;
};

export type LoadProblem = { readonly sample: Sample; readonly error: FormatError };

/**
 * The images of `samples`, in order, [n, height, width, channels] in [0, 1], a batch at a time.
 *
 * The source's decoder resizes, antialiased, whatever the proportions were. White is 1: values are multiples of 1/255, those of pictures
 * with 16 bits of 1/65535, floats as they are. With `onError` an image that fails is left out and the next takes its place: what was loaded
 * is `samples` less those reported.
 *
 * @throws {FormatError} naming the image that can't be read or decoded, or has floats outside [0, 1], unless `onError` is given;
 * {ConfigError} for wrong options.
 */
export function loadImages(source: FileSource, samples: readonly Sample[], options: LoadImagesOptions): AsyncIterable<ImageBatch> {
  const { channels = 3, batch = 32, onError } = options;
  const size = sizeOf('loadImages: size', options.size);
  assertPositiveInteger('loadImages: batch', batch);
  assertChannels('loadImages: channels', channels);
  const load = ({ path }: Sample) =>
    naming(`loadImages: ${path}`, async () => decodeImage(source, await source.read(path), size, channels));

  return (async function* () {
    let rasters: Raster[] = [];
    for await (const { item: sample, result } of inOrder(samples, load)) {
      if (result.status === 'fulfilled') rasters.push(result.value);
      else if (onError && result.reason instanceof FormatError) onError({ sample, error: result.reason });
      else throw result.reason;
      if (rasters.length < batch) continue;
      yield stackRasters(rasters);
      rasters = [];
    }
    if (rasters.length > 0) yield stackRasters(rasters);
  })();
}

/**
 * The masks of `samples`, in order, [n, h, w], 1 where there is a defect and 0 elsewhere (everywhere on good images), a batch at a time.
 *
 * Whatever isn't black in one of an image's masks counts as defect, at any depth. Resizing takes the nearest pixel. At the masks' own sizes a batch ends
 * early where the size changes.
 *
 * @throws {FormatError} if an image that isn't known to be good has no mask, a mask has not its image's size, or a file can't be read or decoded.
 */
export function loadMasks(source: FileSource, samples: readonly Sample[], options: LoadMasksOptions): AsyncIterable<NdArray<Uint8Array>> {
  const { truth, batch = 32 } = options;
  const size = options.size === undefined ? undefined : sizeOf('loadMasks: size', options.size);
  assertPositiveInteger('loadMasks: batch', batch);

  return (async function* () {
    let rasters: Mask[] = [];
    for await (const { result } of inOrder(samples, (sample) => loadMask(source, sample, truth, size))) {
      if (result.status === 'rejected') throw result.reason;
      const [first] = rasters;
      const fits = !first || (first.width === result.value.width && first.height === result.value.height);
      if (rasters.length === batch || !fits) {
        yield stackMasks(rasters);
        rasters = [];
      }
      rasters.push(result.value);
    }
    if (rasters.length > 0) yield stackMasks(rasters);
  })();
}

/**
 * Batches of `loadImages` or `loadMasks` (row-major, that is) joined along their first axis: a whole training set.
 *
 * @throws {ShapeError} if there is no batch, or if they differ beyond their first axis.
 */
export async function collectBatches<A extends Float32Array | Uint8Array>(batches: AsyncIterable<NdArray<A>>): Promise<NdArray<A>> {
  const all: NdArray<A>[] = [];
  for await (const batch of batches) all.push(batch);
  const [first] = all;
  if (!first) throw new ShapeError('collectBatches: there is no batch; at least one image is needed');
  const inner = first.shape.slice(1);
  const odd = all.find(({ shape }) => shape.slice(1).join() !== inner.join());
  if (odd) throw new ShapeError(`collectBatches: one batch is [${first.shape}], another [${odd.shape}]; all but the first axis must agree`);
  const length = all.reduce((total, { size }) => total + size, 0);
  const joined = (first.data instanceof Float32Array ? new Float32Array(length) : new Uint8Array(length)) as A;
  let at = 0;
  for (const { data, offset, size } of all) {
    joined.set(data.subarray(offset, offset + size), at);
    at += size;
  }
  return ndarray(joined, [all.reduce((total, { shape }) => total + shape[0]!, 0), ...inner]);
}

type Mask = Size & { readonly data: Uint8Array };

/** 1 where one of the image's masks isn't black. */
async function loadMask(source: FileSource, sample: Sample, truth: DatasetLayout['truth'], size: Size | undefined): Promise<Mask> {
  const { path, anomalous } = sample;
  const found = await naming('loadMasks', () => truth(sample, source));
  if (found === undefined && anomalous !== false) {
    throw new FormatError(`loadMasks: ${path} has no mask, ${anomalous ? 'though it is defective' : 'and nobody says that it is good'}`);
  }
  const masks = found?.masks ?? [];
  if (masks.length === 0 && size !== undefined) return blank(size);
  const image = await naming(`loadMasks: ${path}`, async () => source.measure(await source.read(path)));
  const [first = blank(image), ...others] = await Promise.all(masks.map((mask) => readMask(source, mask.path, { path, ...image }, size)));
  for (const { data } of others) for (let k = 0; k < data.length; k++) first.data[k]! |= data[k]!;
  return first;
}

function blank({ width, height }: Size): Mask {
  return { width, height, data: new Uint8Array(width * height) };
}

/** 1 where the file isn't black. */
function readMask(source: FileSource, path: string, image: Size & { readonly path: string }, size: Size | undefined): Promise<Mask> {
  return naming(`loadMasks: ${path}`, async () => {
    const bytes = await source.read(path);
    const mask = await source.measure(bytes);
    if (mask.width !== image.width || mask.height !== image.height) {
      throw new FormatError(
        `${mask.width}x${mask.height} pixels, but its image ${image.path} has ${image.width}x${image.height}; both must have the same size`,
      );
    }
    const { width, height, data } = await source.decode(bytes, { channels: 1, kernel: 'nearest', ...(size && { size }) });
    const marked = new Uint8Array(data.length);
    for (let k = 0; k < data.length; k++) marked[k] = data[k] === 0 ? 0 : 1;
    return { width, height, data: marked };
  });
}

function stackRasters(rasters: readonly Raster[]): ImageBatch {
  const { width, height, channels } = rasters[0]!;
  const length = width * height * channels;
  const values = new Float32Array(rasters.length * length);
  for (const [i, { data }] of rasters.entries()) writePixels(data, values, i * length);
  return ndarray(values, [rasters.length, height, width, channels]);
}

function stackMasks(rasters: readonly Mask[]): NdArray<Uint8Array> {
  const { width, height } = rasters[0]!;
  const values = new Uint8Array(rasters.length * width * height);
  for (const [i, { data }] of rasters.entries()) values.set(data, i * width * height);
  return ndarray(values, [rasters.length, height, width]);
}
