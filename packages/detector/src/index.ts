export { createDetector, type Detection, type Detector } from './detector.ts';
export { type DetectorOptions, ENCODINGS } from './detector-options.ts';
