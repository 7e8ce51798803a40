export {
  type ByImageMetric,
  type ByMetric,
  type ByPixelMetric,
  byMetric,
  type GlossaryEntry,
  type ImageMetricName,
  METRICS,
  type MetricInfo,
  type MetricPath,
  type PixelMetricName,
  readMetric,
} from './catalogue.ts';
export type { Negatives, NormalImages, Thresholds } from './counting/negatives.ts';
export type { Positives } from './counting/positives.ts';
export type { Defect, DefectImage } from './defect-image.ts';
export { type ImageScores, imageMetrics, poolImages } from './images/image-metrics.ts';
export { type Pooling, type PoolingOptions, poolMap } from './images/pool-map.ts';
export { type Bootstrap, bootstrap } from './inference/bootstrap.ts';
export { type ComparableMetric, type Comparison, compareResamples, holm } from './inference/compare-resamples.ts';
export { type DeLong, type DeLongOptions, type DeLongTest, deLong, deLongTest } from './inference/delong.ts';
export { chooseLevels, countLevels, type LevelCounts, type Levels, type LevelsOptions } from './inference/levels.ts';
export { type PairedBootstrap, pairedBootstrap } from './inference/paired-bootstrap.ts';
export { type BootstrapOptions, type Interval, intervalOf, type Statistic } from './inference/resample.ts';
export {
  type CountedImage,
  type ImageVerdict,
  type ResampledImage,
  type ResampledMetrics,
  type ResampleOptions,
  resampleCounts,
  resampleMetrics,
} from './inference/resample-metrics.ts';
export { type PixelMetrics, pixelMetrics } from './pixel-metrics.ts';
export { auprTrapezoid } from './ranking/aupr-trapezoid.ts';
export { type BestF1, type BestFBeta, bestF1, bestFBeta, type FBetaOptions } from './ranking/best-f-beta.ts';
export { mcClishAuc, type PartialAucOptions, partialAuc } from './ranking/partial-auc.ts';
export { averagePrecision, type PrecisionRecallCurve, precisionRecallCurve } from './ranking/precision-recall.ts';
export { type RocCurve, rocAuc, rocCurve } from './ranking/roc.ts';
export { type RankingMetrics, rankingMetrics } from './ranking-metrics.ts';
export { type Components, labelComponents } from './regions/label-components.ts';
export { measureRegions, type Region } from './regions/measure-regions.ts';
export { type AuPimo, type AuPimoOptions, auPimo } from './regions/per-image-overlap.ts';
export { type AuProOptions, auPro, type ProCurve, proCurve } from './regions/per-region-overlap.ts';
export { auSpro, type Saturation, type SproCurve, saturationAreaOf, sproCurve } from './regions/saturated-overlap.ts';
export type { ScoredImage } from './scored-image.ts';
export {
  type Binned,
  type Bins,
  type BinsCounter,
  type BinsOptions,
  binnedCurves,
  binnedMetrics,
  countBins,
  mergeBins,
} from './streaming/binned.ts';
export { countGroups, countNegatives, type GroupsCounter, mergeNegatives, type NegativesCounter } from './streaming/negatives.ts';
export { collectPositives, mergePositives, type PositivesCollector, type PositivesOptions } from './streaming/positives.ts';
export { type PixelCurves, streamedAuPimo, streamedAuPro, streamedCurves, streamedMetrics } from './streaming/streamed.ts';
export { type Confusion, confusionAt, diceOf, fBetaOf, iouOf, precisionOf, recallOf } from './threshold/confusion.ts';
export { type MaskOverlap, type Segmentation, segmentationAt } from './threshold/segmentation-at.ts';
export type { Values } from './values.ts';
