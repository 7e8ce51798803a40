/** What there is to choose from, listed once. */
import type { DatasetLayout } from '@rddpm/core/contracts';
import { mvtecLayout } from '@rddpm/mvtec';

export const LAYOUTS: readonly DatasetLayout[] = [mvtecLayout];
