export {
  type CategoryCounts,
  type ContaminateOptions,
  type ContaminationManifest,
  collectBatches,
  contaminate,
  type DatasetLayout,
  type FileSource,
  type LoadImagesOptions,
  type LoadProblem,
  loadImages,
  type OpenImageSetOptions,
  openImageSet,
  type Problem as VerifyProblem,
  type Raster,
  type Sample,
  type Size,
  type TrainingSet,
  type Truth,
  type VerifyReport,
} from '@rddpm/data';
export { MVTEC_AD } from './categories.ts';
export { GOOD } from './layout.ts';
export { LAYOUTS } from './layouts.ts';
export { type LoadMasksOptions, loadMasks } from './load-masks.ts';
export { mvtecLayout } from './mvtec-layout.ts';
export { parseMvtec } from './parse.ts';
export {
  SYNTHETIC_KINDS,
  type SynthesizeOptions,
  type SyntheticDataset,
  type SyntheticKind,
  type SyntheticSample,
  stackImages,
  stackMasks,
  synthesize,
} from './synthetic/synthesize.ts';
export { verifyDataset } from './verify.ts';
