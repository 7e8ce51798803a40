export { type MeanImage, type MeanImageConfig, meanImage } from './mean-image.ts';
export { type PcaConfig, pca } from './pca.ts';
export { type RpcaConfig, rpca } from './rpca.ts';
export { type Ssd, type SsdConfig, ssd } from './ssd.ts';
export type { Subspace } from './subspace.ts';
