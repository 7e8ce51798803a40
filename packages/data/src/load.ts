import { assertPositiveInteger, FormatError, type ImageBatch, ShapeError } from '@rddpm/core';
import type { DatasetLayout, FileSource, Preparation, Sample, Size } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { withRaster } from './decode.ts';
import { inOrder } from './in-order.ts';
import { maskOf } from './mask.ts';
import { naming } from './naming.ts';
import { type Prepared, type PrepareOptions, preparationOf, prepared, preparedMask, writePixels } from './prepare.ts';

export type LoadImagesOptions = PrepareOptions & {
  /** Images per batch. @defaultValue 32 */
  readonly batchSize?: number;
  /** Called for each image that can't be read, decoded or prepared; loading goes on with the others. Without it, the first such image ends the loading with an error. */
  readonly onError?: ((problem: LoadProblem) => void) | undefined;
};

export type LoadMasksOptions = Partial<Pick<PrepareOptions, 'size' | 'fit' | 'crop'>> & {
  /** Says where an image's masks are: the `truth` of the layout that the samples come from. */
  readonly truth: DatasetLayout['truth'];
  /** Masks per batch, at most. @defaultValue 32 */
  readonly batchSize?: number;
};

export type LoadProblem = { readonly sample: Sample; readonly error: FormatError };

/**
 * The images of `samples`, in order, [n, height, width, channels] in [0, 1], a batch at a time.
 *
 * Pictures are cut, resized and padded as the options say, by this package's own resampling, so that they come out the same in Node and in browsers. White is 1: 255, or
 * what `ranges` says of pictures of 16 bits and of floats. Of colours, grey is the luma. With `onError` an image that fails is left out and the next takes its place:
 * what was loaded is `samples` less those reported.
 *
 * @throws {FormatError} naming the image that can't be read, decoded or prepared, unless `onError` is given; {ConfigError} for wrong options.
 */
export function loadImages(source: FileSource, samples: readonly Sample[], options: LoadImagesOptions): AsyncIterable<ImageBatch> {
  const { batchSize = 32, onError, ...rest } = options;
  const preparation = preparationOf('loadImages', rest);
  assertPositiveInteger('loadImages: batchSize', batchSize);
  const load = ({ path, variation }: Sample) =>
    naming(`loadImages: ${path}`, async () =>
      withRaster(source, await source.read(path), (raster) => prepared(raster, preparation, variation)),
    );

  return (async function* () {
    let images: Prepared[] = [];
    for await (const { item: sample, result } of inOrder(samples, load)) {
      if (result.status === 'fulfilled') images.push(result.value);
      else if (onError && result.reason instanceof FormatError) onError({ sample, error: result.reason });
      else throw result.reason;
      if (images.length < batchSize) continue;
      yield stackImages(images, preparation);
      images = [];
    }
    if (images.length > 0) yield stackImages(images, preparation);
  })();
}

/**
 * The masks of `samples`, in order, [n, h, w], 1 where there is a defect and 0 elsewhere (everywhere on good images), a batch at a time.
 *
 * Whatever isn't black in one of an image's masks counts as defect, in any channel and at any depth. With a `size` they are cut, resized and padded as images are, by
 * the nearest pixel. At the masks' own sizes a batch ends early where the size changes.
 *
 * @throws {FormatError} if an image that isn't known to be good has no mask, a mask has not its image's size, or a file can't be read or decoded.
 */
export function loadMasks(source: FileSource, samples: readonly Sample[], options: LoadMasksOptions): AsyncIterable<NdArray<Uint8Array>> {
  const { truth, batchSize = 32, size, ...rest } = options;
  const preparation = size === undefined ? undefined : preparationOf('loadMasks', { ...rest, size });
  assertPositiveInteger('loadMasks: batchSize', batchSize);

  return (async function* () {
    let masks: Mask[] = [];
    for await (const { result } of inOrder(samples, (sample) => loadMask(source, sample, truth, preparation))) {
      if (result.status === 'rejected') throw result.reason;
      const [first] = masks;
      const fits = !first || (first.width === result.value.width && first.height === result.value.height);
      if (masks.length === batchSize || !fits) {
        yield stackMasks(masks);
        masks = [];
      }
      masks.push(result.value);
    }
    if (masks.length > 0) yield stackMasks(masks);
  })();
}

/**
 * Whether any of the defective `samples` has a mask. In a set without masks, images can be scored, but not their pixels.
 *
 * @throws {FormatError} as `truth`, where a mask should be and isn't.
 */
export async function hasMasks(source: FileSource, samples: readonly Sample[], truth: DatasetLayout['truth']): Promise<boolean> {
  const defective = samples.filter(({ anomalous }) => anomalous);
  if (defective.length === 0) return true; // no defect, so no mask is missing
  for (const sample of defective) if (((await truth(sample, source))?.masks.length ?? 0) > 0) return true;
  return false;
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

/** The image's masks as one: 1 where any of them marks a defect. */
async function loadMask(
  source: FileSource,
  sample: Sample,
  truth: DatasetLayout['truth'],
  preparation: Preparation | undefined,
): Promise<Mask> {
  const { path, anomalous } = sample;
  const found = await naming('loadMasks', () => truth(sample, source));
  if (found === undefined && anomalous !== false) {
    throw new FormatError(`loadMasks: ${path} has no mask, ${anomalous ? 'though it is defective' : 'and nobody says that it is good'}`);
  }
  const masks = found?.masks ?? [];
  if (masks.length === 0 && preparation) return blank(preparation.size);
  const image = await naming(`loadMasks: ${path}`, async () => source.inspect(await source.read(path)));
  const [first = blank(image).data, ...others] = await Promise.all(masks.map((mask) => readMask(source, mask.path, { path, ...image })));
  for (const mask of others) for (let k = 0; k < mask.length; k++) first[k]! |= mask[k]!;
  if (!preparation) return { width: image.width, height: image.height, data: first };
  return { ...preparation.size, data: await naming(`loadMasks: ${path}`, async () => preparedMask(first, image, preparation)) };
}

function blank({ width, height }: Size): Mask {
  return { width, height, data: new Uint8Array(width * height) };
}

function readMask(source: FileSource, path: string, image: Size & { readonly path: string }): Promise<Uint8Array> {
  return naming(`loadMasks: ${path}`, async () =>
    withRaster(source, await source.read(path), (mask) => {
      if (mask.width === image.width && mask.height === image.height) return maskOf(mask);
      throw new FormatError(
        `${mask.width}x${mask.height} pixels, but its image ${image.path} has ${image.width}x${image.height}; both must have the same size`,
      );
    }),
  );
}

function stackImages(images: readonly Prepared[], { size, channels, ranges = {} }: Preparation): ImageBatch {
  const length = size.width * size.height * channels;
  const values = new Float32Array(images.length * length);
  for (const [i, image] of images.entries()) writePixels(image, ranges, values, i * length);
  return ndarray(values, [images.length, size.height, size.width, channels]);
}

function stackMasks(masks: readonly Mask[]): NdArray<Uint8Array> {
  const { width, height } = masks[0]!;
  const values = new Uint8Array(masks.length * width * height);
  for (const [i, { data }] of masks.entries()) values.set(data, i * width * height);
  return ndarray(values, [masks.length, height, width]);
}
