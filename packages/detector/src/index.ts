export { createDetector, type Detection, type Detector } from './detector.ts';
export { type DetectorOptions, ENCODINGS } from './detector-options.ts';
export { createStepReader, STEP_ERRORS, type StepError, type StepReader, type StepReaderOptions, type StepReading } from './step-reader.ts';
