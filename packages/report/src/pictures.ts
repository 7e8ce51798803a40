/** What pages with anomaly maps share: the colour scale of the maps, outlines of regions, and the colours of everything else. Runs anywhere. */
export { type ColorScale, gradient, infernoScale } from './html/color-scale.ts';
export { outlinePath } from './html/outline.ts';
export { PALETTE } from './html/palette.ts';
