/** What methods share that learn from a network's features: training sets of them, scorers, model files. */
import { ConfigError, FormatError, type HostTensor, ShapeError, safetensorsParts } from '@rddpm/core';
import type { FileParts, InputShape, Method, ScoreRun, Scorer, TrainingSet } from '@rddpm/core/contracts';
import { MODEL_FILE, MODEL_INFO, modelInfoText } from '@rddpm/core/model-info';
import type { Features, OpenFeatures } from '@rddpm/features';
import { resizeMap, rowMajor } from '@rddpm/maps';
import ndarray, { type NdArray } from 'ndarray';
import type { Embed } from './embeddings.ts';
import { type Axis, readTensors } from './tensor-files.ts';

/** A model that was fitted on features. @property features The `id` of the features that it was fitted on. */
export type FeatureModel<Tensors> = { readonly features: string; readonly tensors: Tensors };

/**
 * The training set as embedded features: [height, width, dims] of real numbers for each image. The network runs whenever images are read. A position is valid where
 * the pixel at its centre is valid.
 */
export async function featureSet(training: TrainingSet, features: Features, embed: Embed): Promise<TrainingSet> {
  const [height, width] = training.shape;
  const { values } = await training.read(Int32Array.of(0));
  const [, h, w, dims] = embed(await features.extract(inColour(values))).shape as [number, number, number, number];
  return {
    count: training.count,
    shape: [h, w, dims],
    range: 'real',
    async read(rows) {
      const { values, valid } = await training.read(rows);
      const seen = embed(await features.extract(inColour(values)));
      if (!valid) return { values: seen, range: 'real' };
      const some = new Uint8Array(rows.length * h * w);
      for (let i = 0; i < rows.length; i++) {
        for (let y = 0; y < h; y++) {
          const row = Math.floor(((y + 0.5) * height) / h);
          for (let x = 0; x < w; x++) some[(i * h + y) * w + x] = valid.get(i, row, Math.floor(((x + 0.5) * width) / w));
        }
      }
      return { values: seen, valid: ndarray(some, [rows.length, h, w]), range: 'real' };
    },
  };
}

/** Grey images with three equal channels, as the network expects them. */
function inColour(images: NdArray<Float32Array>): NdArray<Float32Array> {
  const [n, h, w, c] = images.shape as [number, number, number, number];
  if (c === 3) return images;
  const grey = rowMajor(images);
  return ndarray(
    Float32Array.from({ length: 3 * grey.length }, (_, at) => grey[Math.floor(at / 3)]!),
    [n, h, w, 3],
  );
}

/** Opens the features. @throws {ConfigError} unless they are the features that the model was fitted on. */
export async function openSame(
  method: string,
  open: OpenFeatures,
  run: ScoreRun,
  { features: id }: FeatureModel<unknown>,
): Promise<Features> {
  const features = await open(run);
  if (features.id === id) return features;
  features.dispose();
  throw new ConfigError(`${method}: features are '${features.id}'; they must be those that the model was fitted on, '${id}'`);
}

export type FeatureScorerOptions = {
  /** The method's own name, for messages. */
  readonly method: string;
  readonly features: Features;
  readonly embed: Embed;
  /** [h, w, dims] of what was learnt from; h and w only where positions matter. */
  readonly learnt: { readonly dims: number; readonly h?: number | undefined; readonly w?: number | undefined };
  /**
   * How anomalous each position of an image is.
   *
   * @param seen [positions, dims]
   * @param row The image's row in the training set, if it belongs to that.
   * @returns [positions]
   */
  distances(seen: Float32Array, row: number | undefined): Promise<Float32Array> | Float32Array;
  /** Disposes of what the scorer holds besides the features. */
  dispose?(): void;
};

/** A scorer that resizes the distances of positions bilinearly to maps of the images' size. Its `dispose` also disposes of the features. */
export function featureScorer({ method, features, embed, learnt, distances, dispose }: FeatureScorerOptions): Scorer {
  return {
    async score({ values }, { trainingRows } = {}) {
      const [n, height, width] = values.shape as [number, number, number];
      const { shape, data } = embed(await features.extract(inColour(values)));
      const [, h, w, dims] = shape as [number, number, number, number];
      if (dims !== learnt.dims || h !== (learnt.h ?? h) || w !== (learnt.w ?? w)) {
        const wanted = [n, learnt.h ?? 'h', learnt.w ?? 'w', learnt.dims];
        throw new ShapeError(`${method}: features '${features.id}' are [${shape}]; they must be [${wanted}], as what was learnt from`);
      }
      const maps = new Float32Array(n * height * width);
      for (let i = 0; i < n; i++) {
        const map = await distances(data.subarray(i * h * w * dims, (i + 1) * h * w * dims), trainingRows?.[i]);
        maps.set(resizeMap(map, { width: w, height: h }, { width, height }), i * height * width);
      }
      return { maps: ndarray(maps, [n, height, width]) };
    },
    dispose() {
      dispose?.();
      features.dispose();
    },
  };
}

const FEATURES = 'features';

/** The one file of a model: its tensors, and in the header the features' id. @see tensorFiles */
export function featureFiles<Tensors extends { readonly [Name in keyof Tensors]: HostTensor }>(
  what: string,
  axes: { readonly [Name in keyof Tensors]: readonly Axis[] },
): Method<never, FeatureModel<Tensors>>['files'] {
  return {
    encode: ({ features, tensors }, info): FileParts[] => {
      const metadata = { [FEATURES]: features, [MODEL_INFO]: modelInfoText(info) };
      return [{ path: MODEL_FILE, parts: safetensorsParts({ ...tensors }, metadata) }];
    },
    async decode(read) {
      const { tensors, metadata } = await readTensors<Tensors>(what, axes, read);
      const features = metadata[FEATURES];
      if (features === undefined) throw new FormatError(`${read.name} holds no ${what}: its header doesn't say of which features`);
      return { features, tensors };
    },
  };
}

/** What methods of features have in common. */
export const featureMethod = {
  role: 'method' as const,
  accepts: ['image'] as const,
  input: (_: unknown, offered: InputShape) => offered,
};

/** A method that leaves an image of the training set out of its own score needs another one. */
export function assertSeveral(method: string, { count }: TrainingSet): void {
  if (count < 2) {
    throw new ConfigError(`${method}: the training set has ${count} image${count === 1 ? '' : 's'}; it must have at least two`);
  }
}

const GIB = 2 ** 30;
const MOST_BYTES = 4 * GIB;

/** @param what What the memory is for, with numbers. @param instead What would take less memory. @throws {ConfigError} if more than 4 GiB are needed. */
export function assertMemory(method: string, bytes: number, { what, instead }: { readonly what: string; readonly instead: string }): void {
  if (bytes <= MOST_BYTES) return;
  throw new ConfigError(
    `${method}: a fit would take ${(bytes / GIB).toFixed(1)} GiB of memory for ${what}; it must be at most ${MOST_BYTES / GIB} GiB: ${instead}`,
  );
}

/** @param rows The training image that each remembered patch comes from. @param instead A config that would remember patches of more images. @throws {ConfigError} if all patches come from one image. */
export function assertRemembered(method: string, rows: Float32Array, instead: string): void {
  if (rows.some((row) => row !== rows[0])) return;
  const what = rows.length === 1 ? '1 patch is' : `${rows.length} patches are`;
  throw new ConfigError(
    `${method}: ${what} remembered, of one image at most; there must be some of others, to score that one by: ${instead}`,
  );
}
