import type { Backend } from '@rddpm/core';
import type { Loaded } from './data-set.ts';
import type { Context } from './io.ts';
import type { RunConfig } from './run-config.ts';

export type TrainRunOptions = {
  readonly run: string;
  readonly config: RunConfig;
  readonly training: Pick<Loaded, 'images' | 'samples'>;
  readonly backend: Backend;
  readonly context: Context;
  /** Of the progress. */
  readonly title: string;
};
