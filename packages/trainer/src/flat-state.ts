/** A run's state between the host, where it is parameters by name, and the compiled step, where it is a few long vectors. */
import { ConfigError, type HostWeights, type LossMemory, toHost, type Weights } from '@rddpm/core';
import { dispose, type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';
import { type FlatLayout, flatten, layoutOf, unflatten } from './flat-weights.ts';
import type { Optimizer } from './optimizer.ts';
import type { TrainState } from './train-state.ts';

/** What lives from one step to the next. */
type Parts<V> = {
  readonly weights: V;
  readonly ema: V;
  readonly moments: Readonly<Record<string, V>>;
  readonly lossState: V;
  readonly learned: V;
  readonly learnedMoments: Readonly<Record<string, V>>;
};

export type HostState = Parts<HostWeights>;

/** In the vectors of `FlatLayouts`. */
export type FlatState = Parts<Tensor1D[]>;

/** Of the network's parameters, and of what the loss remembers and learns. */
export type FlatLayouts = { readonly weights: FlatLayout; readonly lossState: FlatLayout; readonly learned: FlatLayout };

/** The state before the first step. Disposes the tensors that it is given. */
export async function initialState(initial: Weights, { state, learned }: LossMemory, { moments }: Optimizer): Promise<HostState> {
  const tensors = { weights: { ...initial }, lossState: { ...state }, learned: { ...learned } };
  try {
    const [weights, lossState, values] = await Promise.all([toHost(initial), toHost(state), toHost(learned)]);
    const zeros = (like: HostWeights) => Object.fromEntries(moments.map((name) => [name, zerosLike(like)]));
    return { weights, ema: weights, moments: zeros(weights), lossState, learned: values, learnedMoments: zeros(values) };
  } finally {
    dispose(tensors);
  }
}

const zerosLike = (weights: HostWeights): HostWeights =>
  Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [name, { shape, data: new Float32Array(data.length) }] as const),
  );

export const layoutsOf = ({ weights, lossState, learned }: HostState): FlatLayouts => ({
  weights: layoutOf(weights),
  lossState: layoutOf(lossState),
  learned: layoutOf(learned),
});

/**
 * @param what Names the state in errors, such as `'train: resume'`.
 * @throws {ConfigError} naming the part and parameter that does not fit, before any tensor is made.
 */
export function toFlatState(host: HostState | TrainState, { moments }: Optimizer, layouts: FlatLayouts, what: string): FlatState {
  for (const part of ['moments', 'learnedMoments'] as const) {
    const [has, needs] = [Object.keys(host[part]), moments].map((names) => names.toSorted().join(', ') || 'none');
    if (has !== needs) throw new ConfigError(`${what}.${part} are ${has}; this optimizer's are ${needs}`);
  }
  const vectors = mapParts(host, (values: HostWeights, owner, name) =>
    flatten(values, layouts[owner], `${what}.${name}`, owner === 'weights' ? 'network' : 'loss'),
  );
  return mapParts(vectors, (part) => part.map((vector) => tensor1d(vector)));
}

export async function toHostState(state: FlatState, layouts: FlatLayouts): Promise<HostState> {
  const { weights, ema, moments, lossState, learned, learnedMoments } = state;
  const tensors = [weights, ema, lossState, learned, ...Object.values(moments), ...Object.values(learnedMoments)].flat();
  const values = new Map(await Promise.all(tensors.map(async (tensor) => [tensor, await tensor.data<'float32'>()] as const)));
  return mapParts(state, (vectors, owner) =>
    unflatten(
      vectors.map((vector) => values.get(vector)!),
      layouts[owner],
    ),
  );
}

/** @param map Told whose layout a part has, and what errors call it. */
function mapParts<A, B>(parts: Parts<A>, map: (value: A, owner: keyof FlatLayouts, name: string) => B): Parts<B> {
  const mapMoments = (name: 'moments' | 'learnedMoments', owner: keyof FlatLayouts) =>
    Object.fromEntries(Object.entries(parts[name]).map(([moment, value]) => [moment, map(value, owner, `${name}.${moment}`)] as const));
  return {
    weights: map(parts.weights, 'weights', 'weights'),
    ema: map(parts.ema, 'weights', 'ema'),
    moments: mapMoments('moments', 'weights'),
    lossState: map(parts.lossState, 'lossState', 'lossState'),
    learned: map(parts.learned, 'learned', 'learned'),
    learnedMoments: mapMoments('learnedMoments', 'learned'),
  };
}
