export { type BestF1, bestF1 } from './best-f1.ts';
export { type Components, labelComponents } from './label-components.ts';
export { type AuProOptions, auPro, type ProCurve, proCurve } from './per-region-overlap.ts';
export { type PixelMetrics, pixelMetrics } from './pixel-metrics.ts';
export { averagePrecision, type PrecisionRecallCurve, precisionRecallCurve } from './precision-recall.ts';
export { type RocCurve, rocAuc, rocCurve } from './roc.ts';
export type { ScoredImage } from './scored-image.ts';
export type { Values } from './values.ts';
