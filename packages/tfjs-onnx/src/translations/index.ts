/** Every kernel of TensorFlow.js that can be written into a graph, by its name there. */
import { convolutions } from './convolutions.ts';
import { elementwise } from './elementwise.ts';
import { fused } from './fused.ts';
import { groupedConvolutions } from './grouped-convolutions.ts';
import { normalization } from './normalization.ts';
import { pooling } from './pooling.ts';
import { products } from './products.ts';
import { rearrangements } from './rearrangements.ts';
import { reductions } from './reductions.ts';
import { resizing } from './resizing.ts';
import { scans } from './scans.ts';
import { selection } from './selection.ts';
import { shapes } from './shapes.ts';
import type { Translation } from './translation.ts';
import { productsWithActivation } from './with-activation.ts';

export type { KernelCall, Translation } from './translation.ts';

export const translations: Readonly<Record<string, Translation>> = {
  ...elementwise,
  ...reductions,
  ...scans,
  ...shapes,
  ...rearrangements,
  ...products,
  ...convolutions,
  ...groupedConvolutions,
  ...productsWithActivation,
  ...pooling,
  ...normalization,
  ...resizing,
  ...selection,
  ...fused,
};
