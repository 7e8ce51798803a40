export type {
  CategoryCounts,
  DatasetLayout,
  FileSource,
  Fit,
  LayoutRead,
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
export { type ContaminateOptions, contaminate, type SeverityRange, SHORTAGES, SPREADS } from './contaminate.ts';
export { oncePerSource, PICTURE_ENDINGS, type Place, placeOf, type SortedFiles, SURE_BY_NAMES, sortFiles } from './files.ts';
export { folderLabel } from './layouts/folder-label.ts';
export { imagesLayout } from './layouts/images.ts';
export { kolektorLayout } from './layouts/kolektor.ts';
export { listLayout, listLayoutOf } from './layouts/list.ts';
export { normalAnomalousLayout } from './layouts/normal-anomalous.ts';
export {
  collectBatches,
  hasMasks,
  type LoadImagesOptions,
  type LoadMasksOptions,
  type LoadProblem,
  loadImages,
  loadMasks,
} from './load.ts';
export {
  applyManifest,
  type ContaminationManifest,
  type ContaminationProtocol,
  type EarlierManifest,
  formatManifest,
  leaveOut,
  leftTestHalf,
  type ManifestEntry,
  parseManifest,
  withHashes,
} from './manifest.ts';
export { maskOf } from './mask.ts';
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
export { DEFAULT_FOLDS, type SplitProtocol, type SplitSamplesOptions, splitSamples } from './split.ts';
export { applySplitList, readSplitList, type SplitLine, type SplitList } from './split-list.ts';
export { sharedIds } from './unique-ids.ts';
export { mostlyInverted } from './verify/across.ts';
export { type VerifyReport, type VerifySamplesOptions, verifyDataset, verifySamples } from './verify.ts';
