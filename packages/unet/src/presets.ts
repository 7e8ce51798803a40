import type { UNetConfig } from './config.ts';

/** What the networks of the literature have in common. */
const LITERATURE = { normNumGroups: 32, attentionHeadDim: null, layersPerBlock: 2, addAttention: true } as const;

/**
 * Networks by name, for colour images. Spread one to change it: `{ ...UNET_PRESETS['rddpm-64'], inChannels: 1 }`.
 *
 * - `rddpm-small`, 0.6 million parameters: what `@rddpm/diffusion` trains unless told otherwise, minutes from the first image to the last map.
 * - `rddpm-64`, 2.5 million parameters: `createUNet`'s default network.
 * - `rddpm-256`, 4.6 million: for 256x256 images on a plain CPU or in a browser. Starts and ends as wide as `rddpm-64`, but halves the
 *   image five times, down to 8x8 pixels, so that its bottom sees all of it. A prediction takes 10.3 billion multiplications, 7 times
 *   those of `rddpm-64` at 64x64, where `rddpm-64` itself would take 16 times as many at this size. More than half of them are at full
 *   resolution; with 16 channels there they are fewer, but steps on ONNX Runtime's CPU came out no faster.
 * - `ablated`, 107.7 million: the ablated U-Net, 128 channels times 1-2-4-4, attention at 32, 16 and 8 pixels; a GPU should train it.
 * - `anoddpm-256`, 131.7 million: the network of AnoDDPM, 128 channels times 1-1-2-2-4-4, attention at 32, 16 and 8 pixels, residual
 *   blocks that halve and double as in BigGAN. Attention has one head, as where AnoDDPM detects.
 * - `ddpm-cifar10`, 35.7 million: google/ddpm-cifar10-32, whose weights it takes.
 *
 * @see Dhariwal, Nichol (2021), https://arxiv.org/abs/2105.05233; Wyatt et al. (2022), AnoDDPM, https://github.com/Julian-Wyatt/AnoDDPM;
 *   Ho et al. (2020), https://huggingface.co/google/ddpm-cifar10-32
 */
export const UNET_PRESETS = {
  'rddpm-small': { sampleSize: 64, blockOutChannels: [16, 32, 64] },
  'rddpm-64': { sampleSize: 64, blockOutChannels: [32, 64, 128] },
  'rddpm-256': { sampleSize: 256, blockOutChannels: [32, 32, 64, 64, 128, 128] },
  ablated: {
    ...LITERATURE,
    sampleSize: 64,
    blockOutChannels: [128, 256, 512, 512],
    downBlockTypes: ['DownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D', 'AttnDownBlock2D'],
  },
  'anoddpm-256': {
    ...LITERATURE,
    sampleSize: 256,
    blockOutChannels: [128, 128, 256, 256, 512, 512],
    downBlockTypes: [
      'ResnetDownsampleBlock2D',
      'ResnetDownsampleBlock2D',
      'ResnetDownsampleBlock2D',
      'AttnDownBlock2D',
      'AttnDownBlock2D',
      'AttnDownBlock2D',
    ],
    downsampleType: 'resnet',
    upsampleType: 'resnet',
    flipSinToCos: false,
  },
  'ddpm-cifar10': {
    ...LITERATURE,
    sampleSize: 32,
    blockOutChannels: [128, 256, 256, 256],
    downBlockTypes: ['DownBlock2D', 'AttnDownBlock2D', 'DownBlock2D', 'DownBlock2D'],
    downsamplePadding: 0,
    flipSinToCos: false,
    freqShift: 1,
    normEps: 1e-6,
  },
} as const satisfies Record<string, UNetConfig>;

export type UNetPreset = keyof typeof UNET_PRESETS;
