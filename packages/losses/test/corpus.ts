import { type CorpusCase, corpusCase, normal, values, whole } from '@rddpm/conformance/corpus';
import type { Loss, LossContext, StatefulLoss } from '@rddpm/core';
import * as losses from '@rddpm/losses';
import { type Scalar, sum, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { logPartition } from '../src/barron/adaptive.ts';
import { kthSmallest, quantile } from '../src/quantile.ts';
import { FAMILY } from './element-wise/family.ts';

/** Residuals far from each other, and none at a threshold, where a rounding error would decide. */
const PREDICTION = values([0.1, -0.4, 1.5, -3, 0.75, 0.2, 1e-20, 0, -30, 0.03, 2.5, -0.9], [3, 2, 2, 1]);
const TARGET = values(Array<number>(12).fill(0), [3, 2, 2, 1]);
const PAIR = { prediction: PREDICTION, target: TARGET };

/** As losses of a batch of small images. */
const IMAGES = { prediction: normal([4, 4, 6, 2], 1), target: normal([4, 4, 6, 2], 2) };

const perSample = (prediction: Tensor, target: Tensor) => losses.mseLoss(prediction, target, { reduction: 'per-sample' });

const CONTEXT = {
  t: whole([0, 30, 400, 999]),
  sigma: values([0.01, 0.1, 2, 150]),
  index: whole([2, 0, 1, 2]),
  step: values([50], []),
};
type Named = Readonly<Record<'prediction' | 'target' | keyof LossContext, Tensor>>;
const contextOf = ({ t, sigma, index, step }: Named): LossContext => ({ t, sigma, index, step }) as LossContext;

const stateless = (name: string, loss: Loss): CorpusCase =>
  corpusCase({
    name,
    fn: (args) => loss(args.prediction, args.target, contextOf(args)),
    args: { ...IMAGES, ...CONTEXT },
    gradientOf: ['prediction'],
  });

/** One step from a state that is not the first: its loss and what it remembers. */
const stateful = (name: string, loss: StatefulLoss, memory: Readonly<Record<string, ReturnType<typeof values>>>): CorpusCase =>
  corpusCase<string>({
    name,
    fn: (args) => {
      const state = Object.fromEntries(Object.keys(memory).map((key) => [key, args[key]!]));
      const applied = loss.apply(args.prediction!, args.target!, contextOf(args as Named), { state, learned: {} });
      return { loss: applied.loss, state: applied.state };
    },
    args: { ...IMAGES, ...CONTEXT, ...memory },
    gradientOf: ['prediction'],
  });

const family = FAMILY.flatMap(({ name, make, loss, option }): CorpusCase[] => {
  const reductions = corpusCase({
    name: `${name}: each reduction`,
    fn: ({ prediction, target }) => ({
      mean: loss(prediction, target),
      sum: loss(prediction, target, { reduction: 'sum' }),
      perSample: loss(prediction, target, { reduction: 'per-sample' }),
    }),
    args: PAIR,
    gradientOf: ['prediction'],
  });
  const functions = corpusCase({
    name: `${name}: ρ, ψ, weight`,
    fn: ({ r }) => {
      const { rho, psi, weight } = make(0.7);
      return { rho: rho(r), psi: psi(r), weight: weight(r) };
    },
    args: { r: values([-30, -2, -0.6, -0.3, -1e-3, 1e-20, 1e-3, 0.1, 0.65, 1, 5, 1e5]) },
    tolerance: 2e-5, // exp, log and tanh are right to five digits or so on a GPU
  });
  const extremes = corpusCase({
    name: `${name}: residuals of 1e-20 and 1e20`,
    fn: ({ r }) => make(0.2).psi(r),
    args: { r: values([1e-20, -1e-20, 1e20, -1e20]) },
  });
  const thresholds = corpusCase({
    name: `${name}: a threshold per sample`,
    fn: ({ prediction, target, threshold }) => loss(prediction, target, { threshold: threshold as Tensor1D, reduction: 'sum' }),
    args: { ...PAIR, threshold: values([0.25, 1, 0.55]) },
    gradientOf: ['prediction', 'threshold'],
    tolerance: 2e-5,
  });
  return option ? [reductions, functions, extremes, thresholds] : [reductions, functions, extremes];
});

const barron = [2, 1, 0.5, 0, -2, Number.NEGATIVE_INFINITY, 5].map((alpha) =>
  corpusCase({
    name: `barron: alpha ${alpha}`,
    fn: ({ r }) => {
      const { rho, psi, weight } = losses.barron({ alpha, scale: 0.8 });
      return { rho: rho(r), psi: psi(r), weight: weight(r) };
    },
    args: { r: values([-30, -2, -0.8, -0.3, -1e-3, 1e-2, 0.1, 0.5, 1, 5]) },
    gradientOf: ['r'],
    tolerance: 5e-5, // powers are made of exp and log
  }),
);

const adaptive = losses.adaptiveLoss();
const learning = corpusCase({
  name: 'adaptive: by its parameters and by the prediction',
  fn: ({ prediction, target, latentAlpha, latentScale }) =>
    adaptive.apply(prediction, target, {} as LossContext, { state: {}, learned: { latentAlpha, latentScale } }).loss,
  args: { ...PAIR, latentAlpha: values([0.4], []), latentScale: values([-0.3], []) },
  gradientOf: ['prediction', 'latentAlpha', 'latentScale'],
  tolerance: 5e-5,
});

const partition = corpusCase({
  name: 'adaptive: ln Z(α)',
  fn: ({ alphas }) => alphas.unstack().map(logPartition),
  args: { alphas: values([0.001, 0.3, 1, 1.7, 1.999]) },
  tolerance: 2e-5,
});

/** Few and many values are sorted and searched in different ways. */
const quantiles = [7, 500].map((n) =>
  corpusCase({
    name: `quantiles of ${n}`,
    fn: ({ x, k }) => ({
      kth: kthSmallest(x, k as Scalar),
      least: kthSmallest(x, 1),
      most: kthSmallest(x, n),
      median: quantile(x, 0.5),
      upper: quantile(x, 0.9),
      mad: losses.madScale(x),
      scale: losses.quantileScale(x, { quantile: 0.77 }),
    }),
    args: { x: normal([n], n), k: values([Math.ceil(n / 3)], []) },
    tolerance: 1e-6,
  }),
);
const ties = corpusCase({
  name: 'quantiles of ties and of neighbours',
  fn: ({ x }) => [1, 3, 4, 5].map((k) => kthSmallest(x, k)),
  args: { x: values([1, 1 + 2 ** -23, 1, 3.3e38, 1 + 2 ** -22]) },
  tolerance: 0,
});

const scales = corpusCase({
  name: 'scales of a schedule',
  fn: ({ t, sigma }) => ({
    snr: losses.snrScale({ sigma: sigma as Tensor1D }, { end: 0.1 }),
    exponential: losses.exponentialScale({ t: t as Tensor1D }, { end: 0.1, timesteps: 1000 }),
    keep: losses.scheduledKeep(sum(sigma), { from: 1, to: 0.5, steps: 1000 }),
  }),
  args: { t: CONTEXT.t, sigma: CONTEXT.sigma },
});

const trimmed = [0.3, 0.8, 1].flatMap((keep) => [
  stateless(`ltsLoss: keep ${keep}`, (p, t) => losses.ltsLoss(p, t, { keep })),
  stateless(`elementLtsLoss: keep ${keep}`, (p, t) => losses.elementLtsLoss(p, t, { keep })),
  stateless(`blockLtsLoss: keep ${keep}`, (p, t) => losses.blockLtsLoss(p, t, { keep, block: 2 })),
  stateless(`winsorizedLoss: keep ${keep}`, (p, t) => losses.winsorizedLoss(p, t, { keep })),
]);
const scalarKeep = corpusCase({
  name: 'trimmed losses: a keep that is a tensor',
  fn: ({ prediction, target, keep }) =>
    [losses.ltsLoss, losses.elementLtsLoss, losses.winsorizedLoss].map((loss) => loss(prediction, target, { keep: keep as Scalar })),
  args: { ...IMAGES, keep: values([0.6], []) },
  gradientOf: ['prediction'],
});
const tied = corpusCase({
  name: 'ltsLoss: samples that tie',
  fn: ({ prediction, target }) => losses.ltsLoss(prediction, target, { keep: 0.5 }),
  args: { prediction: values([1, 1, 1, 1, 3, 1, 1, 1], [4, 2]), target: values(Array<number>(8).fill(0), [4, 2]) },
  gradientOf: ['prediction'],
});

const weightings = [
  stateless('divergenceWeighting: k 2', losses.divergenceWeighting(perSample, { k: 2 })),
  stateless('divergenceWeighting: k of the median', losses.divergenceWeighting(perSample)),
  ...(['hard', 'soft'] as const).map((mode) =>
    stateless(`latentOutlierExposure: ${mode}`, losses.latentOutlierExposure(perSample, { mode, trim: 0.25 })),
  ),
  stateful('normalizedLts', losses.normalizedLts(perSample, { keep: 0.5, bins: 2 }), {
    'error.count': values([3, 4]),
    'error.mean': values([0.5, 0.8]),
  }),
  ...(['hard', 'soft'] as const).map((mode) => imageTrust(mode)),
];

function imageTrust(mode: 'hard' | 'soft'): CorpusCase {
  const loss = losses.imageTrust(perSample, { mode, warmupSteps: 5, trim: 0.25 });
  return corpusCase({
    name: `imageTrust: ${mode}, three steps from its start`,
    fn: (args) => {
      let { state } = loss.init(5);
      const steps: Scalar[] = [];
      for (let k = 0; k < 3; k++) {
        const next = loss.apply(args.prediction, args.target, contextOf(args), { state, learned: {} });
        steps.push(next.loss);
        state = next.state;
      }
      return { steps, state, weights: losses.imageTrustWeights(state, { mode, trim: 0.25 }) };
    },
    args: { ...IMAGES, ...CONTEXT },
    tolerance: 2e-5,
  });
}

const missing = corpusCase({
  name: 'NaN stays NaN, in its own sample alone',
  fn: ({ prediction, target }) =>
    FAMILY.map(({ loss }) => [loss(prediction, target), loss(prediction, target, { reduction: 'per-sample' })]),
  args: { prediction: values([0.1, Number.NaN, 3, 4], [2, 2]), target: values([0, 0, 0, 0], [2, 2]) },
});

const penalised = corpusCase({
  name: 'trimmed losses of another penalty',
  fn: ({ prediction, target }) => losses.elementLtsLoss(prediction, target, { keep: 0.7, penalty: losses.huber({ delta: 0.3 }).rho }),
  args: IMAGES,
  gradientOf: ['prediction'],
});

export const corpus: readonly CorpusCase[] = [
  ...family,
  ...barron,
  learning,
  partition,
  ...quantiles,
  ties,
  scales,
  ...trimmed,
  scalarKeep,
  tied,
  ...weightings,
  missing,
  penalised,
];
