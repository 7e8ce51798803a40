/** How a run's pictures are prepared: for its method, and where maps are scored. */
import { ConfigError } from '@rddpm/core';
import type { InputShape, Method, Preparation } from '@rddpm/core/contracts';
import type { DataConfig, RunConfig } from './run-config.ts';

/** What a method is offered: a tile, or the frame. */
function offered({ size, tiles, channels }: DataConfig): InputShape {
  return { width: tiles?.width ?? size.width, height: tiles?.height ?? size.height, channels };
}

/** What a method is shown. @throws {ConfigError} where it can't be shown tiles of that size. */
export function inputFor(method: Method, config: unknown, data: DataConfig): InputShape {
  const input = method.input(config, offered(data));
  const { tiles } = data;
  if (tiles && (input.width !== tiles.width || input.height !== tiles.height)) {
    throw new ConfigError(`${method.name} needs ${input.width}x${input.height} pixels; tiles of ${tiles.width}x${tiles.height} are none`);
  }
  return input;
}

/** Of the frames that a method, or its tiles, are cut from. Ranges are measured on the training set. */
export function preparationFor(method: Method, { config, data }: Pick<RunConfig, 'config' | 'data'>): Preparation {
  const { width, height, channels } = inputFor(method, config, data);
  return {
    ...scoringPreparation({ data }),
    channels,
    ...(data.ranges === 'type' && { ranges: {} }),
    ...(data.tiles ? { tiles: data.tiles } : { size: { width, height } }),
  };
}

/** Of the frames that maps are scored in. */
export function scoringPreparation({
  data: { size, channels, fit, crop },
}: {
  readonly data: Pick<DataConfig, 'size' | 'channels' | 'fit' | 'crop'>;
}): Preparation {
  return { size, channels, fit, ...(crop && { crop }) };
}
