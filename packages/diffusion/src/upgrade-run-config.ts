import { withoutFields } from '@rddpm/core';
import type { LossConfig } from '@rddpm/losses/config';
import { diffusionMethodName, untrained } from './methods.ts';

/** How version 1 trained without writing it down: at a constant learning rate, on all timesteps. */
const TRAINING = { learningRateSchedule: 'constant', warmupSteps: 0, timesteps: null };

type Fields = Readonly<Record<string, unknown>>;

/**
 * A `config.json` of version 1 as one of version 2. In version 1 every method was a diffusion method, and images were square. Nothing is checked
 * here: the schemas check the result.
 *
 * @param known The name of the reference that the config belongs to, if it does: in benchmarks of version 1, references had the same fields as methods.
 */
export function upgradeRunConfig(value: Fields, known?: string): unknown {
  const { data, loss, selection = null, network, diffusion, training, detection, ...rest } = value;
  const { size, ...others } = (data ?? {}) as Fields;
  const { smoothing: sigma, ...asked } = (detection ?? {}) as Fields;
  const shape = withoutFields((network ?? {}) as Fields, 'sampleSize', 'inChannels', 'outChannels');
  const method = diffusionMethodName((loss as LossConfig | undefined)?.name ?? 'mse', selection !== null);
  const chosen = selection && { by: 'mean', deviations: 3, ...(selection as Fields) }; // version 1 selected so without writing it down
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
