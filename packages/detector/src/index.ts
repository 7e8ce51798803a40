export { type AnomalyMapOptions, anomalyMaps } from './anomaly-maps.ts';
export { createDetector, type Detection, type Detector } from './detector.ts';
export { type DetectorOptions, ENCODINGS } from './detector-options.ts';
export { gaussianSmooth } from './gaussian-smooth.ts';
export { binaryMask, quantileThreshold } from './threshold.ts';
