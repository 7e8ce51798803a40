/** What methods share whose model is a few directions: images are rebuilt from these, and what can't be rebuilt is anomalous. */
import {
  FormatError,
  type HostTensor,
  type HostWeights,
  type ImageBatch,
  readSafetensors,
  ShapeError,
  safetensorsParts,
} from '@rddpm/core';
import type { FileReader, Method, Scorer, TrainingSet } from '@rddpm/core/contracts';
import { MODEL_FILE, MODEL_INFO, modelInfoText } from '@rddpm/core/model-info';
import { type ResidualOptions, residualMaps, rowMajor } from '@rddpm/maps';
import ndarray from 'ndarray';

/** @property origin [h, w, c]: where the directions begin. @property directions [k, h, w, c], orthonormal. */
export type Subspace = { readonly origin: HostTensor; readonly directions: HostTensor };

/** Residuals of images against what the subspace has that is nearest to them, with pixels kept in [0, 1]. */
export function subspaceScorer(subspace: Subspace, options: ResidualOptions): Scorer {
  return {
    async score({ values }) {
      const reconstruction = nearest(subspace, values);
      return { maps: residualMaps(values, reconstruction, options), pictures: { reconstruction } };
    },
    dispose() {},
  };
}

function nearest({ origin, directions }: Subspace, images: ImageBatch): ImageBatch {
  assertModelled(images, origin);
  const width = origin.data.length;
  const pixels = rowMajor(images);
  const rebuilt = new Float32Array(pixels.length);
  for (let first = 0; first < pixels.length; first += width) {
    const centred = Float64Array.from(origin.data, (start, j) => pixels[first + j]! - start);
    const sum = Float64Array.from(origin.data);
    for (let k = 0; k < directions.shape[0]!; k++) {
      const direction = directions.data.subarray(k * width, (k + 1) * width);
      let along = 0;
      for (let j = 0; j < width; j++) along += direction[j]! * centred[j]!;
      for (let j = 0; j < width; j++) sum[j]! += along * direction[j]!;
    }
    for (let j = 0; j < width; j++) rebuilt[first + j] = Math.min(1, Math.max(0, sum[j]!));
  }
  return ndarray(rebuilt, images.shape);
}

/** @throws {ShapeError} unless images are [n, h, w, c] of the model's [h, w, c]. */
export function assertModelled(images: ImageBatch, { shape }: HostTensor): void {
  if (images.shape.length !== 4 || `${images.shape.slice(1)}` !== `${shape}`)
    throw new ShapeError(`score: images is [${images.shape}]; for this model it must be [n, ${shape.join(', ')}]`);
}

/** One file, with a copy of how the model is used. @param what Of messages: 'PCA'. */
export const subspaceFiles = (what: string): Method<unknown, Subspace>['files'] => ({
  encode: ({ origin, directions }, info) => [
    { path: MODEL_FILE, parts: safetensorsParts({ origin, directions }, { [MODEL_INFO]: modelInfoText(info) }) },
  ],
  async decode(read) {
    const { origin, directions } = await tensorsOf(read, what);
    if (origin?.shape.length !== 3 || directions?.shape.length !== 4 || `${directions.shape.slice(1)}` !== `${origin.shape}`)
      throw new FormatError(`${read.name} holds no ${what}: it must have tensors 'origin' [h, w, c] and 'directions' [k, h, w, c]`);
    return { origin, directions };
  },
});

async function tensorsOf(read: FileReader, what: string): Promise<HostWeights> {
  const file = await read.open(MODEL_FILE);
  if (!file) throw new FormatError(`${read.name} holds no ${what}: ${MODEL_FILE} is missing`);
  return (await readSafetensors(file, read.name)).tensors;
}

const READ_AT_ONCE = 64;

/** Images of a training set, a few at a time: `values` [rows.length, h · w · c]. @param order Rows. @defaultValue as they lie */
export async function* readRows(
  training: TrainingSet,
  order: Int32Array = Int32Array.from({ length: training.count }, (_, row) => row),
): AsyncGenerator<{ readonly rows: Int32Array; readonly values: Float32Array; readonly done: number }> {
  for (let first = 0; first < order.length; first += READ_AT_ONCE) {
    const rows = order.subarray(first, first + READ_AT_ONCE);
    const { values } = await training.read(rows);
    yield { rows, values: rowMajor(values), done: first + rows.length };
  }
}
