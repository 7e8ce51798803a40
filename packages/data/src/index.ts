export type {
  CategoryCounts,
  DatasetLayout,
  DecodeOptions,
  FileSource,
  Problem,
  Raster,
  Sample,
  Size,
  TrainingSet,
  Truth,
} from '@rddpm/core/contracts';
export { type ContaminateOptions, contaminate, type SeverityRange } from './contaminate.ts';
export { collectBatches, type LoadImagesOptions, type LoadMasksOptions, type LoadProblem, loadImages, loadMasks } from './load.ts';
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
export { type OpenDatasetOptions, type OpenedDataset, openDataset } from './open-dataset.ts';
export { type OpenImageSetOptions, openImageSet } from './open-image-set.ts';
export { type SplitProtocol, type SplitSamplesOptions, splitSamples } from './split.ts';
export { applySplitList, readSplitList, type SplitLine, type SplitList } from './split-list.ts';
export { type VerifyReport, verifyDataset, verifySamples } from './verify.ts';
