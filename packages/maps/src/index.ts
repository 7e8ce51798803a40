export {
  type AnomalyMapOptions,
  anomalyMaps,
  type MapSettings,
  type ResidualOptions,
  residualMaps,
  resolveMapOptions,
} from './anomaly-maps.ts';
export { type AppearanceCalibration, calibrateByAppearance } from './appearance.ts';
export {
  calibrateByPosition,
  calibrated,
  decodeCalibration,
  encodeCalibration,
  type MapCalibration,
  type PositionCalibration,
} from './calibration.ts';
export { CUTOFF_RULES, type CutoffOptions, type CutoffRule, cutoffOf, MAD_TO_DEVIATION } from './cutoff.ts';
export { FUSION_SIGN, type FusedConfig, type FusedModel, type FusedPart, fusedMethod } from './fusion.ts';
export { gaussianSmooth } from './gaussian-smooth.ts';
export { imageScore, imageScores } from './image-score.ts';
export {
  CALIBRATIONS,
  type CalibrationChoice,
  JUDGED_IMAGES,
  type Judging,
  type JudgingOptions,
  judgingFrom,
  judgingInfo,
  type ThresholdEvent,
} from './judging.ts';
export { median } from './median.ts';
export { rateRows } from './rate-rows.ts';
export { resizeMap } from './resize-map.ts';
export { rowMajor } from './row-major.ts';
export { type Judged, type ScoreSetOptions, scoreInChunks, scoreSet } from './score-set.ts';
export { DEFAULT_SMOOTHING, smoothMaps } from './smoothing.ts';
export {
  binaryMask,
  DEFAULT_FALSE_ALARMS,
  quantileThreshold,
  spreadRows,
  type TailThreshold,
  thresholdAt,
  thresholdOf,
} from './threshold.ts';
export { keptFrames, ratedTiles, type TiledSet, type Tiles, tiledScorer, tiledSet, tilesOf } from './tiles.ts';
