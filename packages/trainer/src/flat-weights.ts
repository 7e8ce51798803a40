import { ConfigError, type HostTensor, type HostWeights, type Weights } from '@rddpm/core';
import { reshape, split, type Tensor1D } from '@tensorflow/tfjs-core';

/**
 * Where each parameter lies in one long vector. A step that takes and returns four vectors instead of a thousand small tensors
 * spares a compiled graph a thousand copies, and lets the optimiser be a dozen operations.
 */
export type FlatLayout = {
  readonly names: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  readonly sizes: readonly number[];
};

/** Parameters in the order in which the network makes them. */
export function layoutOf(weights: Weights | HostWeights): FlatLayout {
  const names = Object.keys(weights);
  const shapes = names.map((name) => [...weights[name]!.shape]);
  return { names, shapes, sizes: shapes.map(sizeOf) };
}

/** Parameters out of the vector, inside a compiled step; gradients flow back into the vector. */
export function splitWeights(flat: Tensor1D, { names, shapes, sizes }: FlatLayout): Weights {
  const parts = sizes.length === 1 ? [flat] : split(flat, [...sizes]); // split's gradient fails for a single part
  return Object.fromEntries(names.map((name, i) => [name, reshape(parts[i]!, [...shapes[i]!])]));
}

/**
 * Host weights as one vector.
 *
 * @param what Names the weights in errors, such as `'train: resume.ema'`.
 * @throws {ConfigError} naming the parameter that is missing, unknown, of another shape or not finite.
 */
export function flatten(weights: HostWeights, { names, shapes, sizes }: FlatLayout, what: string): Float32Array {
  const unknown = Object.keys(weights).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new ConfigError(`${what} has a parameter '${unknown}' that the network does not have`);
  const flat = new Float32Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  names.forEach((name, i) => {
    const value = weights[name];
    if (!value) throw new ConfigError(`${what} lacks the network's parameter '${name}'`);
    if (!sameShape(value.shape, shapes[i]!)) {
      throw new ConfigError(`${what}: '${name}' is [${value.shape}]; the network's is [${shapes[i]}]`);
    }
    if (!value.data.every(Number.isFinite)) throw new ConfigError(`${what}: '${name}' holds a number that is not finite`);
    flat.set(value.data, at);
    at += sizes[i]!;
  });
  return flat;
}

/** The vector's parameters, copied. */
export function unflatten(flat: Float32Array, { names, shapes, sizes }: FlatLayout): HostWeights {
  let at = 0;
  const entries = names.map((name, i): [string, HostTensor] => {
    const data = flat.slice(at, at + sizes[i]!);
    at += sizes[i]!;
    return [name, { shape: shapes[i]!, data }];
  });
  return Object.fromEntries(entries);
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
const sameShape = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((length, axis) => length === b[axis]);
