export { type Lite0Options, lite0Features } from './lite0-features.ts';
