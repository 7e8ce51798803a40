/** Options that several commands share, whatever the method. */
import type { DatasetLayout, Fit, Preparation, Region, Size, Smoothing } from '@rddpm/core/contracts';
import { DEFAULT_FOLDS, FITS, SHORTAGES, SPREADS } from '@rddpm/data';
import { DEFAULT_FALSE_ALARMS, DEFAULT_SMOOTHING } from '@rddpm/maps';
import type { DataConfig } from '@rddpm/study';
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

/** The text that `smoothing` would read as this value. */
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

export type DataFlags = LayoutFlags &
  ContaminationFlags & {
    size?: Size;
    channels?: 1 | 3;
    fit?: Fit;
    crop?: Region;
    tiles?: NonNullable<Preparation['tiles']>;
    skipBroken?: boolean;
  };

/** The data options of `train` and `benchmark`. Not among them: method, ratio and seed, of which a benchmark takes lists. */
export function addDataOptions(command: Command, layouts: readonly DatasetLayout[]): Command {
  return addContaminationOptions(addLayoutOption(command, layouts))
    .option('--size <pixels>', "what images are resized to: 64, or 320x128 for width x height (default: the network's, 64)", size)
    .addOption(choice('--fit <how>', 'proportions: pad keeps them, crop cuts what is too long, stretch changes them (default: pad)', FITS))
    .option(
      '--crop <region>',
      'the part of each picture that is looked at: 800x600+100+50 is 800 wide, 600 high, from x 100 and y 50 on',
      region,
    )
    .option(
      '--tiles <pixels>',
      'windows that the method is shown, of the resized image: 64, or 64+16 to overlap by at least 16 (default: the whole image)',
      tiles,
    )
    .addOption(choice('--channels <n>', 'colour or grey (default: 3)', ['1', '3']).argParser(channels))
    .option('--skip-broken', 'leave out images that do not decode, instead of stopping');
}

/** A ratio, or 'natural' for the defects that the training half has anyway. */
export function contamination(text: string): DataConfig['contamination'] {
  const ratio = text.trim() ? Number(text) : Number.NaN;
  if (text.trim() === 'natural') return 'natural';
  if (Number.isFinite(ratio) && ratio >= 0) return ratio;
  throw new InvalidArgumentError('It must be a number of at least 0, or natural.');
}

export type ContaminationFlags = Partial<Pick<DataConfig, 'of' | 'overlap' | 'kinds' | 'spread' | 'severity' | 'shortage' | 'labelNoise'>> &
  Partial<Pick<DataConfig, 'folds' | 'fold' | 'splitList' | 'manifest' | 'trust'>>;

/** Options that say which images are for training, and which defective ones are among them. */
function addContaminationOptions(command: Command): Command {
  return command
    .addOption(choice('--of <base>', 'what the ratio refers to (default: normals)', ['normals', 'total']))
    .option('--overlap', 'defects that are moved into the training set stay in the test set, too')
    .option('--kinds <list>', 'only defects of these kinds: hole,cut; or of so many kinds, drawn: 1 (default: all)', kinds)
    .addOption(
      choice('--spread <how>', 'every defective image is as likely (images), or as many of each kind (kinds) (default: images)', SPREADS),
    )
    .option('--severity <range>', 'only defects of this severity, where the data set says it: 0.5,1 from 0.5 to 1', severity)
    .addOption(
      choice(
        '--shortage <how>',
        'with too few defects: stop, take all (cap), or take them again, turned and moved a little (repeat) (default: error)',
        SHORTAGES,
      ),
    )
    .option('--label-noise <rate>', 'instead of a ratio: the share of all images that was sorted wrongly', number({ least: 0, most: 0.5 }))
    .option(
      '--folds <n>',
      `of data sets without a split: parts that they are dealt to, one of them for testing (default: ${DEFAULT_FOLDS})`,
      wholeNumber(2),
    )
    .option('--fold <k>', 'the part for testing, from 0 (default: 0)', wholeNumber(0))
    .option('--split-list <file>', "CSV with columns path and split, instead of the data set's own split")
    .option('--manifest <file>', "contamination.json of another run: the very same set, checked by its files' hashes");
}

/** `hole,cut` are names; `2` is how many. */
function kinds(text: string): number | string[] {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name)) return names;
  throw new InvalidArgumentError('It must be kinds of defect with commas between them, or how many kinds.');
}

/** `0.5,1` is from 0.5 to 1; either side may be left out. */
function severity(text: string): { least?: number; most?: number } {
  const [least = '', most = '', ...more] = text.split(',').map((part) => part.trim());
  const bounds = { ...(least && { least: Number(least) }), ...(most && { most: Number(most) }) };
  const given = Object.values(bounds);
  if (more.length === 0 && text.includes(',') && given.length > 0 && given.every(Number.isFinite) && given[0]! <= given.at(-1)!)
    return bounds;
  throw new InvalidArgumentError(
    'It must be two numbers with a comma between them, the lesser first, of which one may be left out: 0.5,1 or 0.5, or ,1.',
  );
}

function region(text: string): Region {
  const [, width, height, x, y] = /^(\d+)x(\d+)\+(\d+)\+(\d+)$/.exec(text.trim()) ?? [];
  const found = { x: Number(x), y: Number(y), width: Number(width), height: Number(height) };
  if (found.width >= 1 && found.height >= 1) return found;
  throw new InvalidArgumentError('It must be as in 800x600+100+50: width, height, and where the upper left corner is.');
}

/** `64` are squares that needn't overlap; `64x32+8` are 64 wide, 32 high, and overlap by 8 pixels or more. */
function tiles(text: string): NonNullable<Preparation['tiles']> {
  const [, across, , down = across, overlap = '0'] = /^(\d+)(x(\d+))?(?:\+(\d+))?$/.exec(text.trim()) ?? [];
  const tile = { width: Number(across), height: Number(down), overlap: Number(overlap) };
  if (tile.width >= 1 && tile.height >= 1) return tile;
  throw new InvalidArgumentError('It must be as in 64, or 64x32+8: width, height, and by how many pixels windows overlap at least.');
}

/** `64` is a square, `320x128` is 320 wide and 128 high. */
export function size(text: string): Size {
  const [, width, , height = width] = /^(\d+)(x(\d+))?$/.exec(text.trim()) ?? [];
  const sides = { width: Number(width), height: Number(height) };
  if (sides.width >= 1 && sides.height >= 1) return sides;
  throw new InvalidArgumentError('It must be a whole number of at least 1, or two of them: 320x128 is 320 wide and 128 high.');
}

/** A name, with the options that belong to it if it was given as JSON. Whether they exist is checked later. */
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
