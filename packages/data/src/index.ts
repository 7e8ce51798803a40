export type {
  CategoryCounts,
  DatasetLayout,
  FileSource,
  LeftOut,
  PictureInfo,
  Problem,
  Raster,
  Sample,
  Size,
  TrainingSet,
  Truth,
} from '@rddpm/core/contracts';
export { type ContaminateOptions, type ContaminationManifest, contaminate } from './contaminate.ts';
export { sha256 } from './hash.ts';
export { collectBatches, type LoadImagesOptions, type LoadMasksOptions, type LoadProblem, loadImages, loadMasks } from './load.ts';
export { maskOf } from './mask.ts';
export { type OpenDatasetOptions, type OpenedDataset, openDataset } from './open-dataset.ts';
export { type OpenImageSetOptions, openImageSet } from './open-image-set.ts';
export { type VerifyReport, type VerifySamplesOptions, verifyDataset, verifySamples } from './verify.ts';
