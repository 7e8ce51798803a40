export { createDetector, type Detection, type Detector } from './detector.ts';
export type { DetectorOptions } from './detector-options.ts';
