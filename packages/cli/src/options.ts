/** Options that several commands share, whatever the method. */
import type { DatasetLayout, Size, Smoothing } from '@rddpm/core/contracts';
import { DEFAULT_FALSE_ALARMS, DEFAULT_SMOOTHING } from '@rddpm/maps';
import type { RunConfig } from '@rddpm/study';
import { type Command, InvalidArgumentError } from 'commander';
import { choice, number, wholeNumber } from './option-values.ts';

export const BACKENDS = ['auto', 'tensorflow', 'webgpu', 'onnx', 'cpu'] as const;
export type BackendChoice = (typeof BACKENDS)[number];

export type BackendFlags = { backend?: BackendChoice; threads?: number };

export function addBackendOptions(command: Command): Command {
  return command
    .addOption(choice('--backend <name>', 'what computes (default: auto)', BACKENDS))
    .option('--threads <n>', 'processor threads (default: all)', wholeNumber(1));
}

export type SmoothingFlags = { smoothing?: Smoothing };

export function addSmoothingOption(command: Command): Command {
  return command.option(
    '--smoothing <sigma>',
    `of the maps: Gaussian sigma in 64ths of the image's side, or with px in pixels of the map, as in 3px; the mean of several (default: ${smoothingText(DEFAULT_SMOOTHING)})`,
    smoothing,
  );
}

/** `2` is in 64ths of the side, `3px` in pixels, `1,3` the mean of two. */
export function smoothing(text: string): Smoothing {
  const [, values = '', pixels] = /^(.*?)(px)?$/.exec(text.trim()) ?? [];
  const sigmas = values.split(',').map((value) => (value.trim() ? Number(value) : Number.NaN));
  if (sigmas.every((sigma) => Number.isFinite(sigma) && sigma >= 0)) {
    return { sigma: sigmas.length === 1 ? sigmas[0]! : sigmas, unit: pixels ? 'pixels' : 'side/64' };
  }
  throw new InvalidArgumentError('It must be a number of at least 0, or several with commas between them, with px behind for pixels.');
}

/** As `smoothing` reads it. */
export function smoothingText({ sigma, unit }: Smoothing): string {
  return `${sigma}${unit === 'pixels' ? 'px' : ''}`;
}

export type FalseAlarmsFlags = { falseAlarms?: number };

export function addFalseAlarmsOption(command: Command, byDefault = `${DEFAULT_FALSE_ALARMS}`): Command {
  return command.option(
    '--false-alarms <rate>',
    `the share of good images that the threshold is to call anomalous (default: ${byDefault})`,
    number({ above: 0, below: 0.5 }),
  );
}

export type LayoutFlags = { layout?: string };

export function addLayoutOption(command: Command, layouts: readonly DatasetLayout[]): Command {
  const names = layouts.map(({ name }) => name);
  return command.addOption(choice('--layout <name>', "how the data set's files are arranged (default: recognised by their names)", names));
}

export type DataFlags = LayoutFlags & {
  size?: Size;
  channels?: 1 | 3;
  of?: RunConfig['data']['of'];
  overlap?: boolean;
  skipBroken?: boolean;
};

/** What `train` and `benchmark` have in common: all but the method, the ratio and the seed, which a benchmark varies. */
export function addDataOptions(command: Command, layouts: readonly DatasetLayout[]): Command {
  return addLayoutOption(command, layouts)
    .addOption(choice('--of <base>', 'what the ratio refers to (default: normals)', ['normals', 'total']))
    .option('--overlap', 'defects that are moved into the training set stay in the test set, too')
    .option('--size <pixels>', "what images are resized to: 64, or 320x128 for width x height (default: the network's, 64)", size)
    .addOption(choice('--channels <n>', 'colour or grey (default: 3)', ['1', '3']).argParser(channels))
    .option('--skip-broken', 'leave out images that do not decode, instead of stopping');
}

/** `64` is a square, `320x128` is 320 wide and 128 high. */
export function size(text: string): Size {
  const [, width, , height = width] = /^(\d+)(x(\d+))?$/.exec(text.trim()) ?? [];
  const sides = { width: Number(width), height: Number(height) };
  if (sides.width >= 1 && sides.height >= 1) return sides;
  throw new InvalidArgumentError('It must be a whole number of at least 1, or two of them: 320x128 is 320 wide and 128 high.');
}

/** What a name chooses, with options where it was given as JSON; not checked yet. */
export type NamedConfig = { readonly name: string; readonly [option: string]: unknown };

/** A name, or a JSON object that has one. @throws {InvalidArgumentError} for anything else. */
export function namedConfig(text: string): NamedConfig {
  if (!text.trim().startsWith('{')) return { name: text };
  let config: Partial<NamedConfig>;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It is not JSON: ${(error as Error).message}.`);
  }
  if (typeof config.name !== 'string') throw new InvalidArgumentError('It must have a "name", as in {"name":"…"}.');
  return config as NamedConfig;
}

function channels(text: string): number {
  if (text === '1' || text === '3') return Number(text);
  throw new InvalidArgumentError('Allowed choices are 1, 3.');
}
