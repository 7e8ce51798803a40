export { type MeanImage, type MeanImageConfig, meanImage } from './mean-image.ts';
