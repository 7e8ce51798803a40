import { type SamplerConfig, samplerConfigSchema } from '@rddpm/scheduler/config';

/**
 * A sampler with every field said, so that equal ways of sampling are equal configs.
 *
 * @param stored Where its own options come from, if it is of that name.
 * @param range Where the range of x0 comes from: it belongs to the images, not to the way of sampling.
 */
export function samplerNamed(
  name: SamplerConfig['name'],
  stored?: SamplerConfig,
  range = stored,
): ReturnType<typeof samplerConfigSchema.parse> {
  const { clip: _, thresholding: __, ...own } = stored?.name === name ? stored : { name };
  const { clip, thresholding } = range ?? {};
  return samplerConfigSchema.parse({ ...own, clip, ...(thresholding && { thresholding }) });
}
