export type {
  CategoryCounts,
  DatasetLayout,
  FileSource,
  LayoutRead,
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
export { oncePerSource, PICTURE_ENDINGS, type Place, placeOf, type SortedFiles, SURE_BY_NAMES, sharedIds, sortFiles } from './files.ts';
export { folderLabel } from './layouts/folder-label.ts';
export { imagesLayout } from './layouts/images.ts';
export { kolektorLayout } from './layouts/kolektor.ts';
export { listLayout, listLayoutOf } from './layouts/list.ts';
export { normalAnomalousLayout } from './layouts/normal-anomalous.ts';
export { collectBatches, type LoadImagesOptions, type LoadMasksOptions, type LoadProblem, loadImages, loadMasks } from './load.ts';
export { type OpenDatasetOptions, type OpenedDataset, openDataset } from './open-dataset.ts';
export { type OpenImageSetOptions, openImageSet } from './open-image-set.ts';
export { type VerifyReport, verifyDataset, verifySamples } from './verify.ts';
