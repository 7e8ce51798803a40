/** How a run's pictures are prepared: for its method, and where maps are scored. */
import { ConfigError } from '@rddpm/core';
import type { InputShape, Method, Preparation } from '@rddpm/core/contracts';
import { WHOLE_RANGES } from '@rddpm/core/model-info';
import type { DataConfig, RunConfig } from './run-config.ts';

/** The size and channels of what a method would be shown: of a tile where there are tiles, else of the frame. */
function offered({ size, tiles, channels }: DataConfig): InputShape {
  return { width: tiles?.width ?? size.width, height: tiles?.height ?? size.height, channels };
}

/** The size and channels that a method is shown, after its own wishes. @throws {ConfigError} if it can't be shown tiles of that size. */
export function inputFor(method: Method, config: unknown, data: DataConfig): InputShape {
  const input = method.input(config, offered(data));
  const { tiles } = data;
  if (tiles && (input.width !== tiles.width || input.height !== tiles.height)) {
    throw new ConfigError(`${method.name} needs ${input.width}x${input.height} pixels; tiles of ${tiles.width}x${tiles.height} are none`);
  }
  return input;
}

/** How pictures become the frames that a method is shown, whole or as tiles. Ranges of 16-bit and float pictures are measured on the training set. */
export function preparationFor(method: Method, { config, data }: Pick<RunConfig, 'config' | 'data'>): Preparation {
  const { width, height, channels } = inputFor(method, config, data);
  return {
    ...scoringPreparation({ data }),
    channels,
    ...(data.ranges === 'type' && { ranges: WHOLE_RANGES }),
    ...(data.tiles ? { tiles: data.tiles } : { size: { width, height } }),
  };
}

/** How pictures become the frames in which maps are scored. */
export function scoringPreparation({
  data: { size, channels, fit, crop },
}: {
  readonly data: Pick<DataConfig, 'size' | 'channels' | 'fit' | 'crop'>;
}): Preparation {
  return { size, channels, fit, crop };
}
