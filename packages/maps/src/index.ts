export { type AnomalyMapOptions, anomalyMaps, type MapSettings, resolveMapOptions } from './anomaly-maps.ts';
export { CUTOFF_RULES, type CutoffRule, cutoffOf } from './cutoff.ts';
export { gaussianSmooth } from './gaussian-smooth.ts';
export { rowMajor } from './row-major.ts';
export { binaryMask, quantileThreshold } from './threshold.ts';
