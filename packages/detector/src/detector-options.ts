import {
  assertOneOf,
  assertPositiveInteger,
  type Backend,
  ConfigError,
  type DenoisingNetwork,
  type NoiseSchedule,
  type NoiseSource,
  type Rng,
  type Sampler,
  type Weights,
} from '@rddpm/core';
import { type AnomalyMapOptions, resolveMapOptions } from '@rddpm/maps';
import { gaussianNoise, SPACINGS, type Spacing } from '@rddpm/scheduler';

export const ENCODINGS = ['noise', 'inversion'] as const;

export type DetectorOptions = AnomalyMapOptions & {
  readonly network: DenoisingNetwork;
  /** Best the moving average. They become part of the compiled graph; the caller keeps them until the last detection, then disposes them. */
  readonly weights: Weights;
  readonly schedule: NoiseSchedule;
  /** Of the schedule. Its `prediction` says what the network predicts. */
  readonly sampler: Sampler;
  readonly backend: Backend;
  /** What the noise is drawn from. */
  readonly rng: Rng;
  /** How it is drawn: best as in training. For a step's noise it is told the step's t. @defaultValue `gaussianNoise()` */
  readonly noise?: NoiseSource | undefined;
  /** How far images are noised: `forwardSteps` = 100 uses `alphasCumprod[99]`. @defaultValue 200 */
  readonly forwardSteps?: number | undefined;
  /**
   * How many steps the chain is told to undo: 250 starts at t = 249. More than `forwardSteps` makes the network remove more than was
   * added. @defaultValue forwardSteps
   */
  readonly reverseSteps?: number | undefined;
  /** Of the network, spread over `reverseSteps`. As many as these for an unabridged DDPM chain. @defaultValue 12, or `reverseSteps` where that is less */
  readonly evaluations?: number | undefined;
  /** How they are spread, as `reverseTimesteps` does it; `'leading'` begins below `reverseSteps` - 1. @defaultValue 'linspace' */
  readonly spacing?: Spacing | undefined;
  /**
   * How an image gets to `forwardSteps`: by noise that is drawn, or by DDIM inversion, that is by the noise that the network itself sees in it,
   * in as many evaluations and the same timesteps on the way up. An inversion draws nothing, and keeps more of what the network knows.
   * @defaultValue 'noise'
   */
  readonly encode?: (typeof ENCODINGS)[number] | undefined;
  /** Noise draws per image, averaged. @defaultValue 2; 1, and no more, for an inversion */
  readonly draws?: number | undefined;
  /** Draws that go through the network at once; the last batch is padded. @defaultValue 8 */
  readonly batchSize?: number | undefined;
};

export type DetectorSettings = Required<{ [K in keyof DetectorOptions]: Exclude<DetectorOptions[K], undefined> }>;

/** Fills in defaults. @throws {ConfigError} for what can't work. */
export function resolveOptions(options: DetectorOptions): DetectorSettings {
  const { forwardSteps = 200, reverseSteps = forwardSteps, spacing = 'linspace', encode = 'noise', batchSize = 8 } = options;
  const { noise = gaussianNoise() } = options;
  const { draws = encode === 'inversion' ? 1 : 2 } = options;
  const { evaluations = Math.min(12, reverseSteps) } = options;
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
