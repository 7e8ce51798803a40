import { ConfigError, type HostTensor, type HostWeights, type Weights } from '@rddpm/core';
import { concat1d, type Rank, reshape, split, type Tensor1D } from '@tensorflow/tfjs-core';

/** Numbers from which on a vector is full: long enough to be few, short enough for an operation's result to be cached for the next. */
const FULL = 2 ** 20;

/**
 * Where each parameter lies in a few long vectors. A step that takes and returns those instead of a thousand small tensors spares a
 * compiled graph a thousand copies, and lets the optimiser be a dozen operations for each.
 */
export type FlatLayout = readonly FlatVector[];

/** Whole parameters, one behind the other. */
export type FlatVector = {
  readonly names: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  readonly sizes: readonly number[];
};

/**
 * Parameters in the order in which the network makes them.
 *
 * @param full From how many numbers on a vector is followed by another. @defaultValue 2²⁰
 */
export function layoutOf(weights: Weights | HostWeights, full = FULL): FlatLayout {
  const vectors: { names: string[]; shapes: number[][]; sizes: number[] }[] = [];
  let length = full;
  for (const [name, { shape }] of Object.entries(weights)) {
    if (length >= full) {
      vectors.push({ names: [], shapes: [], sizes: [] });
      length = 0;
    }
    const vector = vectors.at(-1)!;
    vector.names.push(name);
    vector.shapes.push([...shape]);
    vector.sizes.push(sizeOf(shape));
    length += sizeOf(shape);
  }
  return vectors;
}

/** Parameters out of the vectors, inside a compiled step; gradients flow back into the vectors. */
export function splitWeights(vectors: readonly Tensor1D[], layout: FlatLayout): Weights {
  const entries = layout.flatMap(({ names, shapes, sizes }, k) => {
    const parts = sizes.length === 1 ? [vectors[k]!] : split(vectors[k]!, [...sizes]); // split's gradient fails for a single part
    return names.map((name, i) => [name, reshape(parts[i]!, [...shapes[i]!])] as const);
  });
  return Object.fromEntries(entries);
}

/** What `splitWeights` took apart, inside a compiled step. @throws {ConfigError} naming what is missing or of another shape. */
export function joinWeights(weights: Weights, layout: FlatLayout, what: string): Tensor1D[] {
  return layout.map(({ names, shapes, sizes }) => {
    const parts = names.map((name, i) => {
      const value = weights[name];
      if (!value) throw new ConfigError(`${what} lacks '${name}'`);
      if (!sameShape(value.shape, shapes[i]!)) throw new ConfigError(`${what}: '${name}' is [${value.shape}]; it must be [${shapes[i]}]`);
      return reshape<Rank.R1>(value, [sizes[i]!]);
    });
    return parts.length === 1 ? parts[0]! : concat1d(parts);
  });
}

/**
 * Host weights as vectors.
 *
 * @param what Names the weights in errors, such as `'train: resume.ema'`.
 * @param owner Whose layout it is.
 * @throws {ConfigError} naming the parameter that is missing, unknown, of another shape or not finite.
 */
export function flatten(weights: HostWeights, layout: FlatLayout, what: string, owner: 'network' | 'loss' = 'network'): Float32Array[] {
  const known = new Set(layout.flatMap(({ names }) => names));
  const unknown = Object.keys(weights).find((name) => !known.has(name));
  if (unknown !== undefined) throw new ConfigError(`${what} has a parameter '${unknown}' that the ${owner} does not have`);
  return layout.map(({ names, shapes, sizes }) => {
    const vector = new Float32Array(sizes.reduce((sum, size) => sum + size, 0));
    let at = 0;
    names.forEach((name, i) => {
      const value = weights[name];
      if (!value) throw new ConfigError(`${what} lacks the ${owner}'s parameter '${name}'`);
      if (!sameShape(value.shape, shapes[i]!)) {
        throw new ConfigError(`${what}: '${name}' is [${value.shape}]; the ${owner}'s is [${shapes[i]}]`);
      }
      if (!value.data.every(Number.isFinite)) throw new ConfigError(`${what}: '${name}' holds a number that is not finite`);
      vector.set(value.data, at);
      at += sizes[i]!;
    });
    return vector;
  });
}

/** The vectors' parameters, copied. */
export function unflatten(vectors: readonly Float32Array[], layout: FlatLayout): HostWeights {
  const entries = layout.flatMap(({ names, shapes, sizes }, k) => {
    let at = 0;
    return names.map((name, i): [string, HostTensor] => {
      const data = vectors[k]!.slice(at, at + sizes[i]!);
      at += sizes[i]!;
      return [name, { shape: shapes[i]!, data }];
    });
  });
  return Object.fromEntries(entries);
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
const sameShape = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((length, axis) => length === b[axis]);
