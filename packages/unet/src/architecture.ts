/** The network's blocks with their names and channels: what both the parameters' shapes and the forward pass are read off. */
import type { ResolvedUNetConfig } from './config.ts';

export type ResnetBlock = {
  readonly name: string;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Halves or doubles the image before the first convolution. */
  readonly resize?: Resize;
  /** What the output is divided by. */
  readonly divisor: number;
};

export type AttentionBlock = {
  readonly name: string;
  readonly channels: number;
  readonly headDim: number;
  /** Of the normalisation in front; there may be none. */
  readonly groups: number | null;
  readonly divisor: number;
};

export type Resize = 'halve' | 'double';

/** What halves the image after a level on the way down, or doubles it on the way up. */
export type Resample =
  | { readonly kind: 'conv'; readonly name: string; readonly channels: number }
  | { readonly kind: 'resnet'; readonly resnet: ResnetBlock };

export type Level = {
  /** One behind each residual block, or none. */
  readonly attentions: readonly AttentionBlock[];
  readonly resnets: readonly ResnetBlock[];
  readonly resample?: Resample;
};

export type Architecture = {
  /** Of the sines and cosines. */
  readonly waveChannels: number;
  /** Of the time embedding. */
  readonly timeChannels: number;
  readonly down: readonly Level[];
  readonly up: readonly Level[];
  readonly middle: { readonly attention?: AttentionBlock; readonly resnets: readonly [ResnetBlock, ResnetBlock] };
};

export function architectureOf(config: ResolvedUNetConfig): Architecture {
  const { blockOutChannels, layersPerBlock, downBlockTypes, upBlockTypes, downsampleType, upsampleType } = config;
  const last = blockOutChannels.length - 1;
  const width = blockOutChannels[0]!;
  return {
    waveChannels: config.timeEmbeddingType === 'fourier' ? 2 * width : width,
    timeChannels: config.timeEmbeddingDim ?? 4 * width,
    down: blockOutChannels.map((channels, level) => {
      const inputs = layers(layersPerBlock, (layer) => (layer === 0 ? blockOutChannels[Math.max(0, level - 1)]! : channels));
      const type = downBlockTypes[level]!;
      const attends = type === 'AttnDownBlock2D';
      const within = type === 'ResnetDownsampleBlock2D' || (attends && downsampleType === 'resnet');
      const name = `down_blocks.${level}`;
      const resample = level < last ? resampleOf(`${name}.downsamplers.0`, channels, within ? 'halve' : undefined) : undefined;
      return levelOf(config, { name, inputs, channels, attends, resample });
    }),
    up: blockOutChannels.map((_, block) => {
      const level = last - block;
      const channels = blockOutChannels[level]!;
      const fromBelow = blockOutChannels[Math.min(last, level + 1)]!;
      const fromAbove = blockOutChannels[Math.max(0, level - 1)]!; // the level's first skip left the way down before its first block
      const inputs = layers(layersPerBlock + 1, (layer) => {
        const skip = layer === layersPerBlock ? fromAbove : channels;
        return (layer === 0 ? fromBelow : channels) + skip;
      });
      const type = upBlockTypes[block]!;
      const attends = type === 'AttnUpBlock2D';
      const within = type === 'ResnetUpsampleBlock2D' || (attends && upsampleType === 'resnet');
      const name = `up_blocks.${block}`;
      const resample = level > 0 ? resampleOf(`${name}.upsamplers.0`, channels, within ? 'double' : undefined) : undefined;
      return levelOf(config, { name, inputs, channels, attends, resample });
    }),
    middle: middleOf(config),
  };
}

function middleOf({ blockOutChannels, addAttention, midBlockScaleFactor: divisor, ...config }: ResolvedUNetConfig): Architecture['middle'] {
  const channels = blockOutChannels.at(-1)!;
  const groups = config.attnNormNumGroups ?? (config.resnetTimeScaleShift === 'default' ? config.normNumGroups : null);
  const block = (name: string): ResnetBlock => ({ name, inChannels: channels, outChannels: channels, divisor });
  const headDim = config.attentionHeadDim ?? channels;
  return {
    attention: addAttention ? { name: 'mid_block.attentions.0', channels, headDim, groups, divisor } : undefined,
    resnets: [block('mid_block.resnets.0'), block('mid_block.resnets.1')],
  };
}

const layers = (count: number, inputOf: (layer: number) => number): number[] => Array.from({ length: count }, (_, layer) => inputOf(layer));

type LevelParts = {
  readonly name: string;
  /** Channels that each residual block gets. */
  readonly inputs: readonly number[];
  readonly channels: number;
  readonly attends: boolean;
  readonly resample: Resample | undefined;
};

function levelOf(config: ResolvedUNetConfig, { name, inputs, channels, attends, resample }: LevelParts): Level {
  const { attentionHeadDim, normNumGroups: groups } = config;
  const headDim = attentionHeadDim ?? channels;
  return {
    attentions: attends ? inputs.map((_, layer) => ({ name: `${name}.attentions.${layer}`, channels, headDim, groups, divisor: 1 })) : [],
    resnets: inputs.map((inChannels, layer) => ({ name: `${name}.resnets.${layer}`, inChannels, outChannels: channels, divisor: 1 })),
    resample,
  };
}

/** `resize` is for a residual block that does it, rather than a convolution. */
function resampleOf(name: string, channels: number, resize: Resize | undefined): Resample {
  if (!resize) return { kind: 'conv', name: `${name}.conv`, channels };
  return { kind: 'resnet', resnet: { name, inChannels: channels, outChannels: channels, resize, divisor: 1 } };
}
