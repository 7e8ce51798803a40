export { type ContaminateOptions, type ContaminationManifest, contaminate } from './contaminate.ts';
export type { DecodeOptions, FileSource, Raster } from './file-source.ts';
export { collectBatches, type LoadImagesOptions, type LoadMasksOptions, type LoadProblem, loadImages, loadMasks } from './load.ts';
export { GOOD, type Sample } from './sample.ts';
export { type VerifyProblem, type VerifyReport, verifySamples } from './verify.ts';
