export { type AnomalyMapOptions, anomalyMaps, type MapSettings, resolveMapOptions } from './anomaly-maps.ts';
export { CUTOFF_RULES, type CutoffRule, cutoffOf } from './cutoff.ts';
export { gaussianSmooth } from './gaussian-smooth.ts';
export { imageScore, imageScores } from './image-score.ts';
export { resizeMap } from './resize-map.ts';
export { rowMajor } from './row-major.ts';
export { binaryMask, quantileThreshold } from './threshold.ts';
