import { assertPositiveInteger, ConfigError, FormatError, type ImageBatch, ShapeError } from '@rddpm/core';
import type { DatasetLayout, FileSource, Raster, Sample } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { inOrder } from './in-order.ts';

export type LoadImagesOptions = {
  /** Side length in pixels. */
  readonly size: number;
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
  /** Side length in pixels; each mask's own size when absent. */
  readonly size?: number;
  /** Masks per batch, at most. @defaultValue 32 */
  readonly batch?: number;
};

export type LoadProblem = { readonly sample: Sample; readonly error: FormatError };

/**
 * The images of `samples`, in order, [n, size, size, channels] in [0, 1], a batch at a time.
 *
 * The source's decoder resizes, antialiased, to a square whatever the proportions were; values are multiples of 1/255. With `onError`
 * an image that fails is left out and the next takes its place: what was loaded is `samples` less those reported.
 *
 * @throws {FormatError} naming the image that can't be read or decoded, unless `onError` is given; {ConfigError} for wrong options.
 */
export function loadImages(source: FileSource, samples: readonly Sample[], options: LoadImagesOptions): AsyncIterable<ImageBatch> {
  const { size, channels = 3, batch = 32, onError } = options;
  assertPositiveInteger('loadImages: size', size);
  assertPositiveInteger('loadImages: batch', batch);
  if (channels !== 1 && channels !== 3) throw new ConfigError(`loadImages: channels is ${channels}; it must be 1 or 3`);
  const load = ({ path }: Sample) =>
    naming(`loadImages: ${path}`, async () => source.decode(await source.read(path), { channels, size, kernel: 'smooth' }));

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
 * Whatever isn't black in one of an image's masks counts as defect. Resizing takes the nearest pixel. At the masks' own sizes a batch ends
 * early where the size changes.
 *
 * @throws {FormatError} if an image that isn't known to be good has no mask, a mask has not its image's size, or a file can't be read or decoded.
 */
export function loadMasks(source: FileSource, samples: readonly Sample[], options: LoadMasksOptions): AsyncIterable<NdArray<Uint8Array>> {
  const { truth, size, batch = 32 } = options;
  if (size !== undefined) assertPositiveInteger('loadMasks: size', size);
  assertPositiveInteger('loadMasks: batch', batch);

  return (async function* () {
    let rasters: Raster[] = [];
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

/** 1 where one of the image's masks isn't black. */
async function loadMask(source: FileSource, sample: Sample, truth: DatasetLayout['truth'], size: number | undefined): Promise<Raster> {
  const { path, anomalous } = sample;
  const found = await naming('loadMasks', () => truth(sample, source));
  if (found === undefined && anomalous !== false) {
    throw new FormatError(`loadMasks: ${path} has no mask, ${anomalous ? 'though it is defective' : 'and nobody says that it is good'}`);
  }
  const masks = found?.masks ?? [];
  if (masks.length === 0 && size !== undefined) return blank({ width: size, height: size });
  const image = await naming(`loadMasks: ${path}`, async () => source.measure(await source.read(path)));
  const [first = blank(image), ...others] = await Promise.all(masks.map((mask) => readMask(source, mask.path, { path, ...image }, size)));
  for (const { data } of others) for (let k = 0; k < data.length; k++) first.data[k]! |= data[k]!;
  return first;
}

function blank({ width, height }: { width: number; height: number }): Raster {
  return { width, height, channels: 1, data: new Uint8Array(width * height) };
}

/** 1 where the file isn't black. */
function readMask(
  source: FileSource,
  path: string,
  image: { path: string; width: number; height: number },
  size: number | undefined,
): Promise<Raster> {
  return naming(`loadMasks: ${path}`, async () => {
    const bytes = await source.read(path);
    const mask = await source.measure(bytes);
    if (mask.width !== image.width || mask.height !== image.height) {
      throw new FormatError(
        `${mask.width}x${mask.height} pixels, but its image ${image.path} has ${image.width}x${image.height}; both must have the same size`,
      );
    }
    const raster = await source.decode(bytes, { channels: 1, kernel: 'nearest', ...(size === undefined ? {} : { size }) });
    const { data } = raster;
    for (let k = 0; k < data.length; k++) data[k] = data[k]! > 0 ? 1 : 0;
    return raster;
  });
}

/** Runs `work`; what it throws becomes a FormatError that begins with `what`. */
async function naming<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new FormatError(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function stackRasters(rasters: readonly Raster[]): ImageBatch {
  const { width, height, channels } = rasters[0]!;
  const length = width * height * channels;
  const values = new Float32Array(rasters.length * length);
  for (const [i, { data }] of rasters.entries()) for (let k = 0; k < length; k++) values[i * length + k] = data[k]! / 255;
  return ndarray(values, [rasters.length, height, width, channels]);
}

function stackMasks(rasters: readonly Raster[]): NdArray<Uint8Array> {
  const { width, height } = rasters[0]!;
  const values = new Uint8Array(rasters.length * width * height);
  for (const [i, { data }] of rasters.entries()) values.set(data, i * width * height);
  return ndarray(values, [rasters.length, height, width]);
}
