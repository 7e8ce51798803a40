export {
  type AnomalyMapOptions,
  anomalyMaps,
  type MapSettings,
  type ResidualOptions,
  residualMaps,
  resolveMapOptions,
} from './anomaly-maps.ts';
export { calibrateByPosition, calibrated, decodeCalibration, encodeCalibration, type PositionCalibration } from './calibration.ts';
export { CUTOFF_RULES, type CutoffOptions, type CutoffRule, cutoffOf } from './cutoff.ts';
export { gaussianSmooth } from './gaussian-smooth.ts';
export { imageScore, imageScores } from './image-score.ts';
export { resizeMap } from './resize-map.ts';
export { rowMajor } from './row-major.ts';
export { type Judged, type ScoreSetOptions, scoreInChunks, scoreSet } from './score-set.ts';
export { DEFAULT_SMOOTHING, smoothMaps } from './smoothing.ts';
export { binaryMask, quantileThreshold, spreadRows, type ThresholdEvent, thresholdFrom, thresholdOf, thresholdRows } from './threshold.ts';
