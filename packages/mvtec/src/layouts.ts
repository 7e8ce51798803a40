import { type DatasetLayout, imagesLayout, kolektorLayout, listLayout, normalAnomalousLayout } from '@rddpm/data';
import { mvtecLayout } from './mvtec-layout.ts';

/** Every layout there is, for `openDataset`: the command line and the browser demo recognise these. A new one is a line here. */
export const LAYOUTS: readonly DatasetLayout[] = [mvtecLayout, kolektorLayout, normalAnomalousLayout, listLayout, imagesLayout];
