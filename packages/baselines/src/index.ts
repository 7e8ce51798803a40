export { type ColourGaussian, type ColourGaussianConfig, colourGaussian, colourGaussianConcentrated } from './colour-gaussian.ts';
export { type MeanImage, type MeanImageConfig, meanImage } from './mean-image.ts';
export { type PatchGaussian, type PatchGaussianConfig, patchGaussian, patchGaussianConcentrated } from './patch-gaussian.ts';
export { type Variation, type VariationConfig, variation, variationConcentrated } from './variation.ts';
