/** Options that several commands share. */
import { PREDICTION_TYPES } from '@rddpm/core';
import { type DetectionConfig, type ModelInfo, parseSelection, type SelectionConfig } from '@rddpm/diffusion';
import { SPACINGS } from '@rddpm/scheduler';
import { UNET_PRESETS, type UNetPreset } from '@rddpm/unet';
import { type Command, InvalidArgumentError } from 'commander';
import { choice, list, number, wholeNumber } from './option-values.ts';

export const BACKENDS = ['auto', 'tensorflow', 'webgpu', 'onnx', 'cpu'] as const;
export type BackendChoice = (typeof BACKENDS)[number];

export type BackendFlags = { backend?: BackendChoice; threads?: number };

export function addBackendOptions(command: Command): Command {
  return command
    .addOption(choice('--backend <name>', 'what computes (default: auto)', BACKENDS))
    .option('--threads <n>', 'processor threads (default: all)', wholeNumber(1));
}

export type DetectionFlags = {
  forwardSteps?: number;
  reverseSteps?: number;
  evaluations?: number;
  sampler?: DetectionConfig['sampler']['name'];
  eta?: number;
  spacing?: DetectionConfig['spacing'];
  encode?: DetectionConfig['encode'];
  draws?: number;
  smoothing?: number;
};

export function addDetectionOptions(command: Command, defaults: string): Command {
  return command
    .option('--forward-steps <n>', `how far an image is noised (${defaults} 200)`, wholeNumber(1))
    .option('--reverse-steps <n>', `how many steps the chain undoes (${defaults} the forward steps)`, wholeNumber(1))
    .option('--evaluations <n>', `network evaluations on the way back (${defaults} 12)`, wholeNumber(1))
    .addOption(choice('--sampler <name>', `how the chain goes back (${defaults} ddim)`, ['ddim', 'ddpm', 'dpm-solver++']))
    .option('--eta <share>', `of ddim: the noise on the way back, up to 1 as of ddpm (${defaults} 0)`, number({ least: 0, most: 1 }))
    .addOption(choice('--spacing <name>', `how the evaluations are spread (${defaults} linspace)`, SPACINGS))
    .addOption(choice('--encode <how>', `how an image is noised (${defaults} noise)`, ['noise', 'inversion']))
    .option('--draws <n>', `noise draws to average over (${defaults} 2)`, wholeNumber(1))
    .option('--smoothing <sigma>', `Gaussian sigma in pixels at size 64 (${defaults} 2)`, number({ least: 0 }));
}

export type TrainingFlags = {
  loss?: NamedConfig;
  delta?: number;
  keep?: number;
  /** Null for none. */
  selection?: SelectionConfig | null;
  size?: number;
  channels?: 1 | 3;
  network?: UNetPreset;
  widths?: number[];
  schedule?: Exclude<ModelInfo['diffusion']['schedule']['name'], 'betas'>;
  zeroTerminalSnr?: boolean;
  prediction?: ModelInfo['diffusion']['prediction'];
  noise?: ModelInfo['diffusion']['noise']['name'];
  steps?: number;
  batch?: number;
  learningRate?: number;
  weightDecay?: number;
  checkpointEvery?: number;
  contamination?: number;
  of?: 'normals' | 'total';
  overlap?: boolean;
  skipBroken?: boolean;
  seed?: number;
} & BackendFlags;

/** What `train` and `benchmark` have in common: all but the loss, the ratio and the seed, which a benchmark varies. */
export function addTrainingOptions(command: Command): Command {
  command
    .addOption(choice('--of <base>', 'what the ratio refers to (default: normals)', ['normals', 'total']))
    .option('--overlap', 'defects that are moved into the training set stay in the test set, too')
    .option('--size <pixels>', "side length that images are resized to (default: the network's, 64)", wholeNumber(1))
    .addOption(choice('--channels <n>', 'colour or grey (default: 3)', ['1', '3']).argParser(channels))
    .addOption(choice('--network <name>', 'what is trained (default: rddpm-64)', Object.keys(UNET_PRESETS)))
    .option('--widths <list>', "the network's channels, level by level (default: 32,64,128)", list(wholeNumber(1)))
    .addOption(choice('--schedule <name>', 'how noise grows with time (default: linear)', ['linear', 'scaled-linear', 'cosine', 'sigmoid']))
    .option('--zero-terminal-snr', 'nothing is left of an image at the last timestep; best with --prediction v_prediction')
    .addOption(choice('--prediction <what>', 'what the network learns (default: epsilon)', PREDICTION_TYPES))
    .addOption(choice('--noise <kind>', 'what images are noised with (default: gaussian)', ['gaussian', 'simplex', 'pyramid']))
    .option('--steps <n>', 'training steps (default: 4000)', wholeNumber(1))
    .option('--batch <n>', 'images per step (default: 8)', wholeNumber(1))
    .option('--learning-rate <rate>', 'of AdamW (default: 0.0002)', number({ above: 0 }))
    .option('--weight-decay <rate>', 'of AdamW (default: 0.01)', number({ least: 0 }))
    .option('--checkpoint-every <steps>', 'how often the state is saved (default: 500)', wholeNumber(1))
    .option('--skip-broken', 'leave out images that do not decode, instead of stopping');
  return addBackendOptions(command);
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

export function selection(text: string): SelectionConfig | null {
  return text === 'none' ? null : parseSelection(namedConfig(text), '--selection');
}

function channels(text: string): number {
  if (text === '1' || text === '3') return Number(text);
  throw new InvalidArgumentError('Allowed choices are 1, 3.');
}
