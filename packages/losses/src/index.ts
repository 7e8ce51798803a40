// Robust functions and losses of single residuals
export { absolute, l1Loss } from './absolute.ts';
export { type AdaptiveLoss, type AdaptiveOptions, adaptiveLoss } from './adaptive.ts';
export { type BarronOptions, barron, barronLoss } from './barron.ts';
// Scales that change from step to step, for the delta or scale of a loss
export { madScale, quantileScale } from './batch-scale.ts';
// Trimmed
export { type BlockLtsOptions, blockLtsLoss } from './block-lts.ts';
export { type CauchyOptions, cauchy, cauchyLoss } from './cauchy.ts';
export { type ClippedMseOptions, clippedMse, clippedMseLoss } from './clipped-mse.ts';
// Weights for whole samples
export { type DivergenceWeightingOptions, divergenceWeighting } from './divergence-weighting.ts';
export { EFFICIENCY_95 } from './efficiency.ts';
export { elementLtsLoss } from './element-lts.ts';
export type { Reducible } from './element-wise.ts';
export { type GemanMcclureOptions, gemanMcclure, gemanMcclureLoss } from './geman-mcclure.ts';
export { type HuberOptions, huber, huberLoss } from './huber.ts';
export { type ImageTrustOptions, imageTrust, imageTrustWeights } from './image-trust.ts';
export type { Keep, KeepSchedule } from './keep.ts';
export { boundedReciprocal, type LatentOutlierExposureOptions, latentOutlierExposure } from './latent-outlier-exposure.ts';
export { type LogCoshOptions, logCosh, logCoshLoss } from './log-cosh.ts';
export { type LtsOptions, ltsLoss } from './lts.ts';
export { mseLoss } from './mse.ts';
export { type NormalizedLtsOptions, normalizedLts } from './normalized-lts.ts';
export type { Penalty } from './penalty.ts';
export type { PerSample } from './per-sample.ts';
export type { PerSampleLoss } from './per-sample-loss.ts';
export { type PseudoHuberOptions, pseudoHuber, pseudoHuberLoss } from './pseudo-huber.ts';
export type { Reduced, Reduction } from './reduction.ts';
export type { RobustFunction } from './robust-function.ts';
export { scheduledKeep } from './scheduled-keep.ts';
export { exponentialScale, type ScheduledScaleOptions, snrScale } from './scheduled-scale.ts';
export { type SmoothL1Options, smoothL1, smoothL1Loss } from './smooth-l1.ts';
export { squared } from './squared.ts';
export { type TukeyOptions, tukey, tukeyLoss } from './tukey.ts';
export { type WelschOptions, welsch, welschLoss } from './welsch.ts';
export { winsorizedLoss } from './winsorized.ts';
