export { type FeatureCacheOptions, featureCache } from './feature-cache.ts';
export type { FeatureMaps, Features, OpenFeatures } from './features.ts';
export { imageByImage } from './image-by-image.ts';
export { type OnnxFeatureOptions, onnxFeatures } from './onnx-features.ts';
export { resizerForNetwork } from './resize-for-network.ts';
