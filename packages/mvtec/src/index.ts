export { type CategoryCounts, MVTEC_AD } from './categories.ts';
export { type ContaminateOptions, type ContaminationManifest, contaminate } from './contaminate.ts';
export type { DecodeOptions, FileSource, Raster } from './file-source.ts';
export { collectBatches, type LoadImagesOptions, type LoadMasksOptions, type LoadProblem, loadImages, loadMasks } from './load.ts';
export { parseMvtec } from './parse.ts';
export { GOOD, type Sample } from './sample.ts';
export {
  type SynthesizeOptions,
  type SyntheticDataset,
  type SyntheticKind,
  type SyntheticSample,
  stackImages,
  stackMasks,
  synthesize,
} from './synthetic/synthesize.ts';
export { type VerifyProblem, type VerifyReport, verifyDataset } from './verify.ts';
