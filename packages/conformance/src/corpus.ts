/**
 * A corpus is a package's list of pure functions of tensors with arguments, in its `test/corpus.ts`. Every backend computes all of them,
 * values and gradients, and must agree with TensorFlow.js in plain JavaScript (test/corpus.device.test.ts). It is for what a backend can break:
 * kernels, shapes, broadcasting, what float32 can hold. Laws, checks of options and other libraries' answers are tests of their own.
 */
import { createRng, type HostTensor, type TensorTree } from '@rddpm/core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Values of an argument; of whole numbers with `dtype`. */
export type Argument = HostTensor & { readonly dtype?: 'int32' };

export type CorpusCase<Name extends string = string> = {
  /** Unique in its corpus. */
  readonly name: string;
  readonly fn: (args: Readonly<Record<Name, Tensor>>) => TensorTree;
  readonly args: Readonly<Record<Name, Argument>>;
  /** Arguments by which a weighted sum of the results is differentiated. @defaultValue none */
  readonly gradientOf?: readonly NoInfer<Name>[];
  /** Largest error of values and gradients, absolute and, beyond 1, relative. @defaultValue 1e-5 */
  readonly tolerance?: number;
};

/** A case whose function, arguments and gradients name the same arguments. */
export const corpusCase = <Name extends string>(of: CorpusCase<Name>): CorpusCase => of as CorpusCase;

/** Standard normal numbers, the same for the same seed. */
export function normal(shape: readonly number[], seed: number | string = 0): Argument {
  return { shape: [...shape], data: createRng(`corpus ${seed}`).normal(new Float32Array(sizeOf(shape))) };
}

/** The numbers themselves; a vector unless a shape is given. */
export function values(numbers: readonly number[], shape: readonly number[] = [numbers.length]): Argument {
  return { shape: [...shape], data: Float32Array.from(numbers) };
}

export const whole = (numbers: readonly number[]): Argument => ({ ...values(numbers), dtype: 'int32' });

const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
