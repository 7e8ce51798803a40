import type { FileParts } from '@rddpm/core/contracts';
import { toDiffusersConfig as toSchedulerConfig } from '@rddpm/scheduler/config';
import { modelParts, toDiffusersConfig } from '@rddpm/unet';
import { PIPELINE_FILES, type Pipeline } from './pipeline.ts';

/** The diffusers whose files ours are checked against; it refuses none for being older or newer. */
const DIFFUSERS_VERSION = '0.42.1';

/**
 * The files of a folder for `DDPMPipeline.from_pretrained`; the index, which makes a pipeline of them, comes last.
 *
 * @throws {FormatError} if the weights are not the network's; {ConfigError} if a text of `metadata` has a name that the file needs.
 */
export function pipelineFiles({ network, weights, scheduler, metadata }: Omit<Pipeline, 'metadata'> & Partial<Pipeline>): FileParts[] {
  const schedulerConfig = toSchedulerConfig(scheduler);
  const version = { _diffusers_version: DIFFUSERS_VERSION };
  const index = {
    _class_name: 'DDPMPipeline',
    ...version,
    scheduler: ['diffusers', schedulerConfig._class_name],
    unet: ['diffusers', 'UNet2DModel'],
  };
  return [
    { path: PIPELINE_FILES.network, parts: json({ ...toDiffusersConfig(network.config), ...version }) },
    { path: PIPELINE_FILES.weights, parts: modelParts({ config: network.config, weights, metadata }) },
    { path: PIPELINE_FILES.scheduler, parts: json({ ...schedulerConfig, ...version }) },
    { path: PIPELINE_FILES.index, parts: json(index) },
  ];
}

const json = (value: unknown) => [new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)];
