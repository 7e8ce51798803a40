import {
  assertOneOf,
  assertPositiveInteger,
  type Backend,
  ConfigError,
  type DenoisingNetwork,
  definedFields,
  type NoiseSchedule,
  type NoiseSource,
  type Rng,
  type Sampler,
  type Weights,
} from '@rddpm/core';
import { type AnomalyMapOptions, resolveMapOptions } from '@rddpm/maps';
import { gaussianNoise, SPACINGS, type Spacing } from '@rddpm/scheduler';

/** How images may be noised: see `DetectorOptions.encode`. */
export const ENCODINGS = ['noise', 'inversion'] as const;

export type DetectorOptions = AnomalyMapOptions & {
  readonly network: DenoisingNetwork;
  /** The network's, best as the training's moving average has them. They become part of the compiled graph; the caller keeps them until the last detection, then disposes them. */
  readonly weights: Weights;
  readonly schedule: NoiseSchedule;
  /** Made with the same schedule. Its `prediction` says what the network predicts. */
  readonly sampler: Sampler;
  readonly backend: Backend;
  /** The generator that all noise is drawn from. */
  readonly rng: Rng;
  /** How noise is drawn: best as in training. It is told the timestep of the step that the noise is for. @defaultValue `gaussianNoise()` */
  readonly noise?: NoiseSource | undefined;
  /** How far images are noised: `forwardSteps` = 100 uses `alphasCumprod[99]`. @defaultValue 200 */
  readonly forwardSteps?: number | undefined;
  /**
   * How many steps the chain is told to undo: 250 starts at t = 249. More than `forwardSteps` makes the network remove more than was
   * added. @defaultValue forwardSteps
   */
  readonly reverseSteps?: number | undefined;
  /** How often the network is asked on the way back, at timesteps spread over `reverseSteps`; `reverseSteps` times in an unabridged DDPM chain. @defaultValue 12, or `reverseSteps` where that is less */
  readonly evaluations?: number | undefined;
  /** How the evaluations are spread: see `reverseTimesteps` of `@rddpm/scheduler`. `'leading'` begins below `reverseSteps` - 1. @defaultValue 'linspace' */
  readonly spacing?: Spacing | undefined;
  /**
   * How an image gets to `forwardSteps`: `'noise'` adds noise that is drawn. `'inversion'`, DDIM's, adds the noise that the network itself sees in
   * the image, in as many evaluations as on the way back, at the same timesteps. It draws nothing, and keeps more of what the network knows.
   * @defaultValue 'noise'
   */
  readonly encode?: (typeof ENCODINGS)[number] | undefined;
  /** How many reconstructions of an image, each from noise of its own, are averaged. @defaultValue 2; an inversion has 1, and can't have more */
  readonly draws?: number | undefined;
  /** How many draws go through the network at once; the last batch is padded. @defaultValue 8 */
  readonly batchSize?: number | undefined;
};

/** The defaults of `createDetector`, as far as they follow from nothing else. */
export const DETECTOR_DEFAULTS = {
  forwardSteps: 200,
  evaluations: 12,
  spacing: 'linspace',
  encode: 'noise',
  draws: 2,
  batchSize: 8,
} as const satisfies Partial<DetectorOptions>;

export type DetectorSettings = Required<{ [K in keyof DetectorOptions]: Exclude<DetectorOptions[K], undefined> }>;

/** Fills in defaults. @throws {ConfigError} for what can't work. */
export function resolveOptions(options: DetectorOptions): DetectorSettings {
  const { forwardSteps, spacing, encode, batchSize } = { ...DETECTOR_DEFAULTS, ...definedFields(options) };
  const { reverseSteps = forwardSteps, noise = gaussianNoise() } = options;
  const { draws = encode === 'inversion' ? 1 : DETECTOR_DEFAULTS.draws } = options;
  const { evaluations = Math.min(DETECTOR_DEFAULTS.evaluations, reverseSteps) } = options;
  const settings = {
    ...options,
    ...resolveMapOptions('createDetector', options),
    forwardSteps,
    reverseSteps,
    evaluations,
    spacing,
    encode,
    noise,
    draws,
    batchSize,
  };
  assertOneOf('createDetector: spacing', spacing, SPACINGS);
  assertOneOf('createDetector: encode', encode, ENCODINGS);
  for (const name of ['forwardSteps', 'reverseSteps', 'evaluations', 'draws', 'batchSize'] as const) {
    assertPositiveInteger(`createDetector: ${name}`, settings[name]);
  }
  const { steps } = options.schedule;
  if (forwardSteps > steps) throw new ConfigError(`createDetector: forwardSteps is ${forwardSteps}; the schedule has ${steps}`);
  if (reverseSteps > steps) throw new ConfigError(`createDetector: reverseSteps is ${reverseSteps}; the schedule has ${steps}`);
  if (evaluations > reverseSteps) {
    throw new ConfigError(`createDetector: evaluations is ${evaluations}; it must be at most reverseSteps, which is ${reverseSteps}`);
  }
  if (encode === 'inversion' && draws > 1) {
    throw new ConfigError(`createDetector: draws is ${draws}, but encode is 'inversion', which draws no noise; it must be 1`);
  }
  return settings;
}
