import type { ActivationName } from './activations.ts';

export type DownBlockType = 'DownBlock2D' | 'AttnDownBlock2D' | 'ResnetDownsampleBlock2D';
export type UpBlockType = 'UpBlock2D' | 'AttnUpBlock2D' | 'ResnetUpsampleBlock2D';

/** What a U-Net is made of: the options of diffusers' `UNet2DModel`, in camel case. */
export type UNetConfig = {
  /** Height and width in pixels, or both where they differ; divisible by 2 for every level but the last. */
  readonly sampleSize: number | readonly [height: number, width: number];
  /** @defaultValue 3 */
  readonly inChannels?: number;
  /** @defaultValue `inChannels` */
  readonly outChannels?: number;
  /** Takes images in [0, 1]: `2x - 1` comes first. @defaultValue false */
  readonly centerInputSample?: boolean;
  /** Channels of each level, finest first; each divisible by `normNumGroups`. @defaultValue [32, 64, 128] */
  readonly blockOutChannels?: readonly number[];
  /** Residual blocks per level on the way down, at most 100; one more on the way up. @defaultValue 1 */
  readonly layersPerBlock?: number;
  /**
   * Finest first. `'AttnDownBlock2D'` puts self-attention behind each residual block, `'ResnetDownsampleBlock2D'` halves the image
   * within one more residual block instead of by a strided convolution. @defaultValue all `'DownBlock2D'`
   */
  readonly downBlockTypes?: readonly DownBlockType[];
  /** Coarsest first. @defaultValue `downBlockTypes` mirrored */
  readonly upBlockTypes?: readonly UpBlockType[];
  /** How an `'AttnDownBlock2D'` halves the image: by a strided convolution, or within a residual block. @defaultValue 'conv' */
  readonly downsampleType?: 'conv' | 'resnet';
  /** How an `'AttnUpBlock2D'` doubles it. @defaultValue 'conv' */
  readonly upsampleType?: 'conv' | 'resnet';
  /** Zeros around the image before a strided convolution; 0 pads below and to the right only, as older models do. @defaultValue 1 */
  readonly downsamplePadding?: 0 | 1;
  /** Self-attention between the two residual blocks at the bottom. @defaultValue false */
  readonly addAttention?: boolean;
  /** Channels per attention head; `null` is one head over all channels. @defaultValue 8 */
  readonly attentionHeadDim?: number | null;
  /** What the outputs of the blocks at the bottom are divided by. @defaultValue 1 */
  readonly midBlockScaleFactor?: number;
  /** Of the residual blocks; the time's first layer and the last one have SiLU in any case. @defaultValue 'silu' */
  readonly actFn?: ActivationName;
  /** @defaultValue 8 */
  readonly normNumGroups?: number;
  /**
   * Of the attention at the bottom; `null` is `normNumGroups`, or no normalisation at all where the time scales and shifts.
   * @defaultValue null
   */
  readonly attnNormNumGroups?: number | null;
  /** @defaultValue 1e-5 */
  readonly normEps?: number;
  /** What the time does to each residual block: it shifts the channels, or scales and shifts the normalised ones. @defaultValue 'default' */
  readonly resnetTimeScaleShift?: 'default' | 'scale_shift';
  /**
   * Sines and cosines of the time at fixed frequencies, or (`'fourier'`) of its logarithm at random ones that are part of the weights,
   * with predictions divided by the time, which then must be above 0. Fourier networks predict but can't be trained here.
   * @defaultValue 'positional'
   */
  readonly timeEmbeddingType?: 'positional' | 'fourier';
  /** Channels of the time embedding; `null` is 4 times those of the first level. @defaultValue null */
  readonly timeEmbeddingDim?: number | null;
  /** Whether the cosines of the positional embedding come first. @defaultValue true */
  readonly flipSinToCos?: boolean;
  /** Taken from the number of frequencies in the positional embedding's exponent. @defaultValue 0 */
  readonly freqShift?: number;
  /** What a model was trained with elsewhere, from 0 to 1: without influence on a prediction, and not 0 can't be trained here. @defaultValue 0 */
  readonly dropout?: number;
};

export type ResolvedUNetConfig = Required<UNetConfig>;

/** How many times the image is halved. */
export function halvings(config: ResolvedUNetConfig): number {
  return config.blockOutChannels.length - 1;
}
