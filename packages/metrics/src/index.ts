export { type AuProOptions, auPro, type ProCurve, proCurve } from './per-region-overlap.ts';
export { type PixelMetrics, pixelMetrics } from './pixel-metrics.ts';
export { type BestF1, bestF1 } from './ranking/best-f-beta.ts';
export { averagePrecision, type PrecisionRecallCurve, precisionRecallCurve } from './ranking/precision-recall.ts';
export { type RocCurve, rocAuc, rocCurve } from './ranking/roc.ts';
export { type Components, labelComponents } from './regions/label-components.ts';
export type { ScoredImage } from './scored-image.ts';
export type { Values } from './values.ts';
