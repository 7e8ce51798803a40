import { defineElementWiseLoss } from '../define-loss.ts';
import { scaleSchema } from '../scales/scale-config.ts';
import { gemanMcclureLoss } from './loss.ts';

export const gemanMcclureConfig = defineElementWiseLoss('geman-mcclure', { scale: scaleSchema(0.75) }, gemanMcclureLoss);
