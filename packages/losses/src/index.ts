// Robust functions and losses of single residuals
export { absolute, l1Loss } from './absolute.ts';
export { type AdaptiveLoss, type AdaptiveOptions, adaptiveLoss } from './adaptive.ts';
export { type BarronOptions, barron, barronLoss } from './barron.ts';
export { type CauchyOptions, cauchy, cauchyLoss } from './cauchy.ts';
export { type ClippedMseOptions, clippedMse, clippedMseLoss } from './clipped-mse.ts';
export { EFFICIENCY_95 } from './efficiency.ts';
export type { Reducible } from './element-wise.ts';
export { type GemanMcclureOptions, gemanMcclure, gemanMcclureLoss } from './geman-mcclure.ts';
export { type HuberOptions, huber, huberLoss } from './huber.ts';
export { type LogCoshOptions, logCosh, logCoshLoss } from './log-cosh.ts';
// Trimmed
export { type LtsOptions, ltsLoss } from './lts.ts';
export { mseLoss } from './mse.ts';
export type { PerSample } from './per-sample.ts';
export { type PseudoHuberOptions, pseudoHuber, pseudoHuberLoss } from './pseudo-huber.ts';
export type { Reduced, Reduction } from './reduction.ts';
export type { RobustFunction } from './robust-function.ts';
export { type SmoothL1Options, smoothL1, smoothL1Loss } from './smooth-l1.ts';
export { squared } from './squared.ts';
export { type TukeyOptions, tukey, tukeyLoss } from './tukey.ts';
export { type WelschOptions, welsch, welschLoss } from './welsch.ts';
