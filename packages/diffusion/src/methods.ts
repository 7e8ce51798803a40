/** The paper's methods and their relatives, by name: each loss, on all images and on those that fit best. */
import type { Method, ModelInfo } from '@rddpm/core/contracts';
import { LOSS_NAMES, type LossConfig } from '@rddpm/losses/config';
import type { UNet } from '@rddpm/unet';
import { type AskingConfig, completeAsking, type DiffusionConfig } from './diffusion-config.ts';
import { diffusionMethod, untrainedMethod } from './diffusion-method.ts';
import type { TrainedNetwork } from './network-family.ts';
import { parseSelection } from './selection-config.ts';
import { type UNetShape, unetFamily } from './unet-family.ts';

export type UNetMethod = Method<DiffusionConfig<UNetShape>, TrainedNetwork<UNet>>;

/** `ddpm` is the squared error, `rddpm-huber` Huber's; `rddpm-concentrated` and `rddpm-huber-concentrated` select images as well. */
export function diffusionMethodName(loss: LossConfig['name'], selects: boolean): string {
  if (loss === 'mse') return selects ? 'rddpm-concentrated' : 'ddpm';
  return `rddpm-${loss}${selects ? '-concentrated' : ''}`;
}

/** Every loss with its defaults, then every loss with concentrated trimming. */
export const DIFFUSION_METHODS: readonly UNetMethod[] = [false, true].flatMap((selects) =>
  LOSS_NAMES.map((loss) =>
    diffusionMethod({
      name: diffusionMethodName(loss, selects),
      network: unetFamily,
      defaults: { loss: { name: loss }, selection: selects ? parseSelection({ name: 'concentrated' }) : null },
    }),
  ),
);

/** The U-Net before its first step: what the others start from. */
export const untrained: Method<AskingConfig<UNetShape>, TrainedNetwork<UNet>> = untrainedMethod({ name: 'untrained', network: unetFamily });

/** What a model's info says of how its network is asked; of models that were trained elsewhere, no more is known. */
export function askingConfigOf({ config, input }: Pick<ModelInfo, 'config' | 'input'>): AskingConfig<UNetShape> {
  const { network, diffusion, detection } = config as Partial<AskingConfig>;
  return completeAsking(untrained.config.parse({ network, diffusion, detection }), input);
}
