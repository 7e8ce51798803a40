export { type ColourGaussian, type ColourGaussianConfig, colourGaussian, colourGaussianConcentrated } from './colour-gaussian.ts';
export { type MeanImage, type MeanImageConfig, meanImage } from './mean-image.ts';
export { type PatchGaussian, type PatchGaussianConfig, patchGaussian, patchGaussianConcentrated } from './patch-gaussian.ts';
export { type PcaConfig, pca } from './pca.ts';
export { type RpcaConfig, rpca } from './rpca.ts';
export { type Ssd, type SsdConfig, ssd } from './ssd.ts';
export type { Subspace } from './subspace.ts';
export { type Variation, type VariationConfig, variation, variationConcentrated } from './variation.ts';
