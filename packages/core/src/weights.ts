import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { Weights } from './network.ts';

/** A float32 tensor's values on the host, row-major. */
export type HostTensor = { readonly shape: readonly number[]; readonly data: Float32Array };
export type HostWeights = Readonly<Record<string, HostTensor>>;

/** Copies weights to the host. The tensors stay. */
export async function toHost(weights: Weights): Promise<HostWeights> {
  const entries = Object.entries(weights).map(async ([name, value]: [string, Tensor]) => {
    return [name, { shape: value.shape, data: Float32Array.from(await value.data()) }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Copies host weights to tensors of the current backend. The caller disposes them. */
export function toTensors(weights: HostWeights): Weights {
  return Object.fromEntries(Object.entries(weights).map(([name, { shape, data }]) => [name, tensor(data.slice(), [...shape], 'float32')]));
}
