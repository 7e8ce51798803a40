/** Every package's corpus, and how one of its cases is computed. */
import type { HostTensor, TensorTree } from '@rddpm/core';
import { addN, grads, mul, type Scalar, sum, Tensor, tensor } from '@tensorflow/tfjs-core';
import { corpus as losses } from '../../losses/test/corpus.ts';
import { corpus as scheduler } from '../../scheduler/test/corpus.ts';
import { corpus as trainer } from '../../trainer/test/corpus.ts';
import { corpus as unet } from '../../unet/test/corpus.ts';
import type { CorpusCase } from './corpus.ts';

export const CORPORA: Readonly<Record<string, readonly CorpusCase[]>> = { losses, scheduler, unet, trainer };

type Args = Readonly<Record<string, Tensor>>;

/** The tensors of a case's arguments; the caller disposes them. */
export function argumentsOf({ args }: CorpusCase): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(args).map(([name, { shape, data, dtype }]) => [name, tensor(data, [...shape], dtype)]));
}

/** What is compared, as one pure function: the results in order, then the gradients. */
export function measuring({ fn, gradientOf = [] }: CorpusCase): (args: Args) => Tensor[] {
  return (args) => {
    const results = leavesOf(fn(args));
    if (gradientOf.length === 0) return results;
    const objective = (...by: Tensor[]): Scalar =>
      addN(leavesOf(fn({ ...args, ...Object.fromEntries(gradientOf.map((name, i) => [name, by[i]!])) })).map(weightedSum)) as Scalar;
    return [...results, ...grads(objective)(gradientOf.map((name) => args[name]!))];
  };
}

/** Other weights everywhere, so that a gradient in the wrong place is seen. From the host: WGSL's cosines are right to 5e-4 only. */
const weightedSum = (y: Tensor): Scalar =>
  sum(
    mul(
      y,
      tensor(
        Float32Array.from({ length: y.size }, (_, i) => Math.cos(i)),
        y.shape,
      ),
    ),
  );

function leavesOf(tree: TensorTree): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  return Object.values(tree as Readonly<Record<string, TensorTree>>).flatMap(leavesOf);
}

/** A case's results in plain JavaScript, by corpus and name of the case. */
export type CorpusReference = Readonly<Record<string, Readonly<Record<string, readonly HostTensor[]>>>>;
