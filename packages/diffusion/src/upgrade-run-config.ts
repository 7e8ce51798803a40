import type { LossConfig } from '@rddpm/losses/config';
import { diffusionMethodName, untrained } from './methods.ts';

/** What version 1 did and did not say: the learning rate stayed, and all timesteps were trained. */
const TRAINING = { learningRateSchedule: 'constant', warmupSteps: 0, timesteps: null };

type Fields = Readonly<Record<string, unknown>>;

/**
 * A `config.json` of version 1, from when every method was a diffusion method and images were square, as one of version 2. What is wrong with
 * it is left for the schemas to say.
 *
 * @param known A benchmark's references had the same fields as its methods: which one it is, if any.
 */
export function upgradeRunConfig(value: Fields, known?: string): unknown {
  const { version: _, data, loss, selection = null, network, diffusion, training, detection, ...rest } = value;
  const { size, ...others } = (data ?? {}) as Fields;
  const { smoothing: sigma, ...asked } = (detection ?? {}) as Fields;
  const { sampleSize: __, inChannels: ___, outChannels: ____, ...shape } = (network ?? {}) as Fields;
  const method = diffusionMethodName((loss as LossConfig | undefined)?.name ?? 'mse', selection !== null);
  const chosen = selection && { by: 'mean', deviations: 3, ...(selection as Fields) }; // what version 1 did, and did not say
  const asking = { network: shape, diffusion, detection: { reading: 'walk', ...asked } };
  const trained = { ...TRAINING, ...(training as Fields | undefined) };
  return {
    ...rest,
    version: 2,
    data: { ...others, size: { width: size, height: size } },
    ...(known === untrained.name
      ? { method: known, config: asking }
      : { method, config: { loss, selection: chosen, training: trained, ...asking } }),
    smoothing: { sigma, unit: 'side/64' },
  };
}
