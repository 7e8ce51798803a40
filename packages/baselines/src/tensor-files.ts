import { FormatError, type HostTensor, readSafetensors, type Safetensors, safetensorsParts } from '@rddpm/core';
import type { FileReader, Method } from '@rddpm/core/contracts';
import { MODEL_FILE, MODEL_INFO, modelInfoText } from '@rddpm/core/model-info';
import { triangle } from './gaussians.ts';

/** Of a tensor, by name, or the length of the lower triangle of a square matrix of such sides. */
export type Axis = string | { readonly triangleOf: string };

/**
 * The one file of a model that is a record of tensors.
 *
 * @param what The model, for messages: 'variation model'.
 * @param axes Of each tensor, by name: `{ mean: ['h', 'w', 'c'] }`. Axes of one name are equally long.
 */
export function tensorFiles<Model extends { readonly [Name in keyof Model]: HostTensor }>(
  what: string,
  axes: { readonly [Name in keyof Model]: readonly Axis[] },
): Method<never, Model>['files'] {
  return {
    encode: (model, info) => [{ path: MODEL_FILE, parts: safetensorsParts({ ...model }, { [MODEL_INFO]: modelInfoText(info) }) }],
    decode: async (read) => (await readTensors(what, axes, read)).tensors,
  };
}

/** The tensors of a model's one file, and what else it says. @throws {FormatError} that calls the model `what`. */
export async function readTensors<Tensors extends { readonly [Name in keyof Tensors]: HostTensor }>(
  what: string,
  axes: { readonly [Name in keyof Tensors]: readonly Axis[] },
  read: FileReader,
): Promise<{ readonly tensors: Tensors; readonly metadata: Safetensors['metadata'] }> {
  const file = await read.open(MODEL_FILE);
  if (!file) throw new FormatError(`${read.name} holds no ${what}: ${MODEL_FILE} is missing`);
  const { tensors, metadata } = await readSafetensors(file, read.name);
  const lengths = new Map<string, number>();
  const found = Object.entries<readonly Axis[]>(axes).map(([name, names]) => {
    const tensor = tensors[name];
    const wanted = names.map((axis) => lengthOf(axis, lengths));
    const fits =
      tensor?.shape.length === names.length && wanted.every((length, i) => typeof length === 'string' || length === tensor.shape[i]);
    if (!fits) {
      const told = tensor ? `its tensor '${name}' is [${tensor.shape}]` : `it has no tensor '${name}'`;
      throw new FormatError(`${read.name} holds no ${what}: ${told}; it must be [${wanted.join(', ')}]`);
    }
    names.forEach((axis, i) => {
      if (typeof axis === 'string') lengths.set(axis, tensor.shape[i]!);
    });
    return [name, tensor];
  });
  return { tensors: Object.fromEntries(found) as Tensors, metadata };
}

/** The name of an axis of which nothing is known. A triangle comes after its sides. */
function lengthOf(axis: Axis, lengths: ReadonlyMap<string, number>): number | string {
  if (typeof axis === 'string') return lengths.get(axis) ?? axis;
  return triangle(lengths.get(axis.triangleOf)!);
}
