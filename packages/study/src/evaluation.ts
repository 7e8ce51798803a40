/** Anyone's maps in files against a data set: an entry of its own, which loads in a moment. */
export { type EvaluateImagesOptions, type Evaluation, evaluateImages, noteInverted } from './evaluation/evaluate-images.ts';
export { type EvaluateMapsOptions, evaluateMaps } from './evaluation/evaluate-maps.ts';
export type { MapFiles } from './evaluation/map-files.ts';
export type { TestImages } from './evaluation/passes.ts';
export type { ImageFacts, ImageRecord, TestImage } from './evaluation/test-image.ts';
export { writeEvaluation } from './evaluation/write-evaluation.ts';
export type { AnomalyMap } from './maps/anomaly-map.ts';
export { findMapFolder, mapName, pairMaps } from './maps/map-folder.ts';
export { decodeNpy, encodeNpy, type NpyArray } from './maps/npy.ts';
export { MAP_EXTENSIONS, readMap } from './maps/read-map.ts';
export { counted, isList, noteLeftOut, openSource, readDataset } from './run/read-dataset.ts';
export { readManifest, readManifestText, type TestHalf, testHalf } from './run/test-half.ts';
