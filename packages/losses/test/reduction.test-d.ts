import { huberLoss, mseLoss, type Reduced, type Reduction } from '@rddpm/losses';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { expectTypeOf, test } from 'vitest';

type Loss<R extends Reduction> = ReturnType<typeof huberLoss<R>>;

test('the reduction decides the type: a scalar, or one number per sample', () => {
  expectTypeOf<Loss<'mean'>>().toEqualTypeOf<Scalar>();
  expectTypeOf<Loss<'sum'>>().toEqualTypeOf<Scalar>();
  expectTypeOf<Loss<'per-sample'>>().toEqualTypeOf<Tensor1D>();
  expectTypeOf((p: Tensor, t: Tensor) => huberLoss(p, t)).returns.toEqualTypeOf<Scalar>();
  expectTypeOf((p: Tensor, t: Tensor) => huberLoss(p, t, { delta: 0.5, reduction: 'per-sample' })).returns.toEqualTypeOf<Tensor1D>();
  expectTypeOf((p: Tensor, t: Tensor) => mseLoss(p, t, { reduction: 'per-sample' })).returns.toEqualTypeOf<Tensor1D>();
  expectTypeOf<Reduced<Reduction>>().toEqualTypeOf<Scalar | Tensor1D>();
});
