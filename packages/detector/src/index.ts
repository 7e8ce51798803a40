export { createDetector, type Detection, type Detector } from './detector.ts';
export { DETECTOR_DEFAULTS, type DetectorOptions, ENCODINGS } from './detector-options.ts';
export {
  createStepReader,
  STEP_ERRORS,
  STEP_READER_DEFAULTS,
  type StepError,
  type StepReader,
  type StepReaderOptions,
  type StepReading,
} from './step-reader.ts';
