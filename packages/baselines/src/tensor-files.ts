import { FormatError, type HostTensor, readSafetensors, safetensorsParts } from '@rddpm/core';
import type { Method } from '@rddpm/core/contracts';
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
    async decode(read) {
      const file = await read.open(MODEL_FILE);
      if (!file) throw new FormatError(`${read.name} holds no ${what}: ${MODEL_FILE} is missing`);
      const { tensors } = await readSafetensors(file, read.name);
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
      return Object.fromEntries(found) as Model;
    },
  };
}

/** The name of an axis of which nothing is known. A triangle comes after its sides. */
function lengthOf(axis: Axis, lengths: ReadonlyMap<string, number>): number | string {
  if (typeof axis === 'string') return lengths.get(axis) ?? axis;
  return triangle(lengths.get(axis.triangleOf)!);
}
