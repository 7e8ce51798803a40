import { type SamplerConfig, samplerConfigSchema } from '@rddpm/scheduler/config';

/**
 * A sampler's config with every field filled in, so that equal ways of sampling are equal configs.
 *
 * @param stored Gives the sampler its own options, if it is of that name.
 * @param range Gives the range that x0 is kept in, which belongs to the images and not to the way of sampling.
 */
export function samplerNamed(
  name: SamplerConfig['name'],
  stored?: SamplerConfig,
  range = stored,
): ReturnType<typeof samplerConfigSchema.parse> {
  const own = stored?.name === name ? stored : { name };
  return samplerConfigSchema.parse({ ...own, clip: range?.clip, thresholding: range?.thresholding });
}
