export type {
  CategoryCounts,
  DatasetLayout,
  FileSource,
  Fit,
  LeftOut,
  PictureInfo,
  Preparation,
  Problem,
  Raster,
  Region,
  Sample,
  Size,
  TrainingSet,
  Truth,
  ValueRanges,
} from '@rddpm/core/contracts';
export { type ContaminateOptions, type ContaminationManifest, contaminate } from './contaminate.ts';
export { sha256 } from './hash.ts';
export {
  collectBatches,
  hasMasks,
  type LoadImagesOptions,
  type LoadMasksOptions,
  type LoadProblem,
  loadImages,
  loadMasks,
} from './load.ts';
export { type OpenDatasetOptions, type OpenedDataset, openDataset } from './open-dataset.ts';
export { type OpenedImageSet, type OpenImageSetOptions, openImageSet } from './open-image-set.ts';
export {
  cut,
  FITS,
  type MapLayout,
  mapLayout,
  type Placement,
  type PrepareOptions,
  pictureMap,
  placementOf,
  preparationOf,
} from './prepare.ts';
export { type VerifyReport, verifyDataset, verifySamples } from './verify.ts';
