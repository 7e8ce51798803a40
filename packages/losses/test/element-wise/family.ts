/** Every robust function with its loss, and plain float64 twins of its penalty, for tests that hold for all. */

import type { PerSample, Reduction, RobustFunction } from '@rddpm/losses';
import * as losses from '@rddpm/losses';
import { mul, type Tensor } from '@tensorflow/tfjs-core';

type Settings = { readonly threshold?: PerSample; readonly reduction?: Reduction };

export type Member = {
  readonly name: string;
  readonly make: (threshold?: PerSample) => RobustFunction;
  readonly loss: (prediction: Tensor, target: Tensor, settings?: Settings) => Tensor;
  /** ρ(r), of a function with a threshold or scale c. */
  readonly rho: (r: number, c: number) => number;
  /** ρ′(r) */
  readonly psi: (r: number, c: number) => number;
  /** Its option, if it has one. */
  readonly option?: 'delta' | 'scale';
  /** How hard residuals of any size pull at most: nothing holds the squares back, and a redescending function lets go of far ones. */
  readonly pull: 'unbounded' | 'bounded' | 'redescending';
};

const delta = (value?: PerSample) => (value === undefined ? {} : { delta: value });
const scale = (value?: PerSample) => (value === undefined ? {} : { scale: value });
const reduced = (reduction?: Reduction) => (reduction === undefined ? {} : { reduction });

const twice = ({ rho, psi, weight }: RobustFunction): RobustFunction => ({
  rho: (r) => mul(2, rho(r)),
  psi: (r) => mul(2, psi(r)),
  weight: (r) => mul(2, weight(r)),
});

const hypot = (u: number) => Math.hypot(1, u);

export const FAMILY: readonly Member[] = [
  {
    name: 'mse',
    make: () => twice(losses.squared()),
    loss: (p, t, { reduction } = {}) => losses.mseLoss(p, t, reduced(reduction)),
    rho: (r) => r * r,
    psi: (r) => 2 * r,
    pull: 'unbounded',
  },
  {
    name: 'l1',
    make: () => losses.absolute(),
    loss: (p, t, { reduction } = {}) => losses.l1Loss(p, t, reduced(reduction)),
    rho: Math.abs,
    psi: Math.sign,
    pull: 'bounded',
  },
  {
    name: 'huber',
    option: 'delta',
    make: (c) => losses.huber(delta(c)),
    loss: (p, t, { threshold, reduction } = {}) => losses.huberLoss(p, t, { ...delta(threshold), ...reduced(reduction) }),
    rho: (r, c) => (Math.abs(r) <= c ? r ** 2 / 2 : c * (Math.abs(r) - c / 2)),
    psi: (r, c) => Math.max(-c, Math.min(c, r)),
    pull: 'bounded',
  },
  {
    name: 'smooth-l1',
    option: 'delta',
    make: (c) => losses.smoothL1(delta(c)),
    loss: (p, t, { threshold, reduction } = {}) => losses.smoothL1Loss(p, t, { ...delta(threshold), ...reduced(reduction) }),
    rho: (r, c) => (Math.abs(r) <= c ? r ** 2 / 2 / c : Math.abs(r) - c / 2),
    psi: (r, c) => Math.max(-1, Math.min(1, r / c)),
    pull: 'bounded',
  },
  {
    name: 'pseudo-huber',
    option: 'delta',
    make: (c) => losses.pseudoHuber(delta(c)),
    loss: (p, t, { threshold, reduction } = {}) => losses.pseudoHuberLoss(p, t, { ...delta(threshold), ...reduced(reduction) }),
    rho: (r, c) => (c * r * (r / c)) / (hypot(r / c) + 1),
    psi: (r, c) => r / hypot(r / c),
    pull: 'bounded',
  },
  {
    name: 'pseudo-huber, diffusers',
    option: 'delta',
    make: (c) => losses.pseudoHuber({ ...delta(c), form: 'diffusers' }),
    loss: (p, t, { threshold, reduction } = {}) =>
      losses.pseudoHuberLoss(p, t, { ...delta(threshold), ...reduced(reduction), form: 'diffusers' }),
    rho: (r, c) => (2 * c * r * (r / c)) / (hypot(r / c) + 1),
    psi: (r, c) => (2 * r) / hypot(r / c),
    pull: 'bounded',
  },
  {
    name: 'log-cosh',
    option: 'scale',
    make: (c) => losses.logCosh(scale(c)),
    loss: (p, t, { threshold, reduction } = {}) => losses.logCoshLoss(p, t, { ...scale(threshold), ...reduced(reduction) }),
    rho: (r, c) => {
      const u = Math.abs(r / c);
      return u < 1 ? c * c * Math.log1p(2 * Math.sinh(u / 2) ** 2) : c * c * (u + Math.log1p(Math.exp(-2 * u)) - Math.LN2);
    },
    psi: (r, c) => c * Math.tanh(r / c),
    pull: 'bounded',
  },
  {
    name: 'cauchy',
    option: 'scale',
    make: (c) => losses.cauchy(scale(c)),
    loss: (p, t, { threshold, reduction } = {}) => losses.cauchyLoss(p, t, { ...scale(threshold), ...reduced(reduction) }),
    rho: (r, c) => ((c * c) / 2) * Math.log1p((r / c) ** 2),
    psi: (r, c) => r / (1 + (r / c) ** 2),
    pull: 'redescending',
  },
  {
    name: 'geman-mcclure',
    option: 'scale',
    make: (c) => losses.gemanMcclure(scale(c)),
    loss: (p, t, { threshold, reduction } = {}) => losses.gemanMcclureLoss(p, t, { ...scale(threshold), ...reduced(reduction) }),
    rho: (r, c) => r ** 2 / 2 / (1 + (r / c) ** 2),
    psi: (r, c) => r / (1 + (r / c) ** 2) ** 2,
    pull: 'redescending',
  },
  {
    name: 'welsch',
    option: 'scale',
    make: (c) => losses.welsch(scale(c)),
    loss: (p, t, { threshold, reduction } = {}) => losses.welschLoss(p, t, { ...scale(threshold), ...reduced(reduction) }),
    rho: (r, c) => ((-c * c) / 2) * Math.expm1(-((r / c) ** 2)),
    psi: (r, c) => r * Math.exp(-((r / c) ** 2)),
    pull: 'redescending',
  },
  {
    name: 'tukey',
    option: 'scale',
    make: (c) => losses.tukey(scale(c)),
    loss: (p, t, { threshold, reduction } = {}) => losses.tukeyLoss(p, t, { ...scale(threshold), ...reduced(reduction) }),
    rho: (r, c) => {
      const v = Math.min((r / c) ** 2, 1);
      return ((c * c) / 6) * v * (3 - 3 * v + v * v);
    },
    psi: (r, c) => r * (1 - Math.min((r / c) ** 2, 1)) ** 2,
    pull: 'redescending',
  },
  {
    name: 'clipped-mse',
    option: 'scale',
    make: (c) => losses.clippedMse(scale(c)),
    loss: (p, t, { threshold, reduction } = {}) => losses.clippedMseLoss(p, t, { ...scale(threshold), ...reduced(reduction) }),
    rho: (r, c) => Math.min(r ** 2, c ** 2),
    psi: (r, c) => (Math.abs(r) <= c ? 2 * r : 0),
    pull: 'redescending',
  },
];
