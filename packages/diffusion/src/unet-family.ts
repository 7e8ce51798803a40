/** `UNet2DModel` of diffusers, in folders that diffusers opens. */
import { ConfigError, withoutFields } from '@rddpm/core';
import { MODEL_FILE, MODEL_INFO, modelInfoText } from '@rddpm/core/model-info';
import { merged } from '@rddpm/core/schema';
import { pipelineFiles, readPipeline } from '@rddpm/diffusers';
import { createUNet, type ResolvedUNetConfig, readModel, UNET_PRESETS, type UNet, type UNetConfig, type UNetPreset } from '@rddpm/unet';
import * as z from 'zod/mini';
import type { NetworkFamily } from './network-family.ts';
import { samplerNamed } from './sampler-named.ts';

/** The fields of a network's config that the images decide. */
const SIDES = ['sampleSize', 'inChannels', 'outChannels'] as const;

/** Without what follows from the images. */
export type UNetShape = Omit<ResolvedUNetConfig, (typeof SIDES)[number]>;

/** The fields of a network's config that images don't decide. */
export const unetShape = (config: ResolvedUNetConfig): UNetShape => withoutFields(config, ...SIDES);

/** What is trained unless another is asked for. */
export const DEFAULT_NETWORK = 'rddpm-small' satisfies UNetPreset;

export const unetFamily: NetworkFamily<UNetShape, UNet> = {
  /** `createUNet` checks it; fields that an older version did not write have their defaults. */
  config: z.pipe(
    z.record(z.string(), z.unknown()),
    z.transform((fields, context): UNetShape => {
      const { blockOutChannels: levels } = fields;
      const sampleSize = 2 ** (Array.isArray(levels) ? Math.max(0, levels.length - 1) : 2); // the smallest size that a network of so many levels can halve
      const sides = SIDES.find((name) => fields[name] !== undefined);
      try {
        if (sides !== undefined) throw new ConfigError(`${sides} is that of the images; leave it out`);
        return unetShape(createUNet({ ...(fields as Partial<UNetConfig>), sampleSize }).config);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        context.issues.push({ code: 'custom', message: error.message, input: fields });
        return z.NEVER;
      }
    }),
  ),
  /** Another list of levels drops the types of blocks of the levels before. */
  merge(given, before) {
    const defaults = withoutFields(UNET_PRESETS[DEFAULT_NETWORK], 'sampleSize');
    const levels = given as Partial<UNetShape> | undefined;
    const { downBlockTypes, upBlockTypes, ...others } = before ?? {};
    const kept = levels?.blockOutChannels === undefined ? before : others;
    return merged(kept ?? defaults, given);
  },
  create: (config, [height, width, channels]) =>
    createUNet({ ...config, sampleSize: height === width ? height : [height, width], inChannels: channels, outChannels: channels }),
  encode({ network, weights }, { diffusion, detection }, info) {
    const { schedule, prediction } = diffusion;
    const scheduler = { schedule, prediction, sampler: samplerNamed('ddpm', detection.sampler), spacing: 'linspace' } as const;
    return pipelineFiles({ network, weights, scheduler, metadata: { [MODEL_INFO]: modelInfoText(info) } });
  },
  async decode(read) {
    const alone = await read.open(MODEL_FILE);
    const { network, weights } = alone ? await readModel(alone, { source: read.name }) : await readPipeline(read);
    return { network, weights };
  },
};
