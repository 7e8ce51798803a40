export {
  type ContaminateOptions,
  type ContaminationManifest,
  collectBatches,
  contaminate,
  type DecodeOptions,
  type FileSource,
  GOOD,
  type LoadImagesOptions,
  type LoadMasksOptions,
  type LoadProblem,
  loadImages,
  loadMasks,
  type Raster,
  type Sample,
  type VerifyProblem,
  type VerifyReport,
} from '@rddpm/data';
export { type CategoryCounts, MVTEC_AD } from './categories.ts';
export { parseMvtec } from './parse.ts';
export {
  type SynthesizeOptions,
  type SyntheticDataset,
  type SyntheticKind,
  type SyntheticSample,
  stackImages,
  stackMasks,
  synthesize,
} from './synthetic/synthesize.ts';
export { verifyDataset } from './verify.ts';
