import {
  abs,
  add,
  customGrad,
  div,
  exp,
  type GradSaveFunc,
  minimum,
  mul,
  onesLike,
  sign,
  sqrt,
  square,
  sub,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { hypotenuse, logHypotenuse } from '../element-wise/hypotenuse.ts';
import { phi, phiSlope } from '../element-wise/power-series.ts';
import type { RobustFunction } from '../element-wise/robust-function.ts';
import { type PerSample, perSample } from '../scales/per-sample.ts';

/** Added to b = |α − 2|, so that u²/b is defined at α = 2. */
const TINY = 1e-6;

/** Sums and products of exp(x) for x up to here don't overflow float32. */
const LARGEST_EXPONENT = 60;

/** Barron's function of an α that is a tensor: smooth in α across 0, and finite at 2. */
export function barronOfTensor(alpha: Tensor, scale: PerSample): RobustFunction {
  const drawn = (curve: (u: Tensor, alpha: Tensor, c: number | Tensor) => Tensor) => (residual: Tensor) =>
    tidy(() => {
      const c = typeof scale === 'number' ? scale : perSample('barron: scale', scale, residual);
      return curve(div(residual, c), perSample('barron: alpha', alpha, residual), c);
    });
  return {
    rho: drawn((u, alpha) => general(u, mul(alpha, onesLike(u)))),
    psi: drawn((u, alpha, c) => div(mul(u, weightOf(u, alpha)), c)),
    weight: drawn((u, alpha, c) => div(div(weightOf(u, alpha), c), c)),
  };
}

/**
 * (b/2) L φ(αL/2) with L = ln(u²/b + 1) and φ(x) = (eˣ − 1)/x: Barron's eq. 8 without the division by α. The gradients by u and α are
 * closed forms: those of the single operations would be differences of infinities where α is 0 or u large.
 *
 * @param alphas Shaped like `u`.
 */
function general(u: Tensor, alphas: Tensor): Tensor {
  return customGrad((input, form, save) => {
    const [u, alpha] = [input, form] as [Tensor, Tensor];
    (save as GradSaveFunc)([u, alpha]);
    const { b, logBase, x } = terms(u, alpha);
    return {
      value: mul(mul(0.5, b), mul(logBase, phi(x))),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [u, alpha] = saved as [Tensor, Tensor];
        return [mul(dy, mul(u, weightOf(u, alpha))), mul(dy, byAlpha(u, alpha))];
      },
    };
  })(u, alphas);
}

function terms(u: Tensor, alpha: Tensor): { b: Tensor; w: Tensor; logBase: Tensor; x: Tensor } {
  const b = add(abs(sub(alpha, 2)), TINY);
  const w = div(u, sqrt(b));
  const logBase = mul(2, logHypotenuse(w));
  return { b, w, logBase, x: mul(mul(0.5, alpha), logBase) };
}

function weightOf(u: Tensor, alpha: Tensor): Tensor {
  const { logBase } = terms(u, alpha);
  return exp(mul(sub(mul(0.5, alpha), 1), logBase));
}

/** The derivative of `general` by α: b′/2 (L φ(x) − eˣ w²/(1 + w²)) + (b/4) L² φ′(x), with b′ = ±1 and w² = u²/b. */
function byAlpha(u: Tensor, alpha: Tensor): Tensor {
  const { b, w, logBase, x } = terms(u, alpha);
  const side = sign(sub(alpha, 2));
  const bounded = minimum(x, LARGEST_EXPONENT);
  const throughB = sub(mul(logBase, phi(bounded)), mul(exp(bounded), square(div(w, hypotenuse(w)))));
  return add(mul(mul(0.5, side), throughB), mul(mul(0.25, b), mul(square(logBase), phiSlope(bounded))));
}
