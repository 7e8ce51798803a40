/** The network's blocks with their names and channels: what both the parameters' shapes and the forward pass are read off. */
import type { ResolvedUNetConfig } from './config.ts';

export type ResnetBlock = { readonly name: string; readonly inChannels: number; readonly outChannels: number };
export type Block = { readonly name: string; readonly channels: number };

export type Level = {
  readonly resnets: readonly ResnetBlock[];
  /** One behind each residual block, or none. */
  readonly attentions: readonly Block[];
  /** The convolution that halves the image after a level on the way down, or follows its doubling on the way up. */
  readonly resample?: Block;
};

export type Architecture = {
  /** Of the time embedding. */
  readonly timeChannels: number;
  readonly down: readonly Level[];
  readonly middle: { readonly resnets: readonly [ResnetBlock, ResnetBlock]; readonly attention?: Block };
  readonly up: readonly Level[];
};

export function architectureOf(config: ResolvedUNetConfig): Architecture {
  const { blockOutChannels, layersPerBlock, downBlockTypes, upBlockTypes, addAttention } = config;
  const last = blockOutChannels.length - 1;
  const bottom = blockOutChannels[last]!;
  return {
    timeChannels: 4 * blockOutChannels[0]!,
    down: blockOutChannels.map((channels, level) => {
      const name = `down_blocks.${level}`;
      const inputs = layers(layersPerBlock, (layer) => (layer === 0 ? blockOutChannels[Math.max(0, level - 1)]! : channels));
      return levelOf(name, inputs, channels, downBlockTypes[level] === 'AttnDownBlock2D', level < last ? 'downsamplers' : undefined);
    }),
    middle: {
      resnets: [resnet('mid_block.resnets.0', bottom, bottom), resnet('mid_block.resnets.1', bottom, bottom)],
      ...(addAttention ? { attention: { name: 'mid_block.attentions.0', channels: bottom } } : {}),
    },
    up: blockOutChannels.map((_, block) => {
      const name = `up_blocks.${block}`;
      const level = last - block;
      const channels = blockOutChannels[level]!;
      const fromBelow = blockOutChannels[Math.min(last, level + 1)]!;
      const fromAbove = blockOutChannels[Math.max(0, level - 1)]!; // the level's first skip left the way down before its first block
      const inputs = layers(layersPerBlock + 1, (layer) => {
        const skip = layer === layersPerBlock ? fromAbove : channels;
        return (layer === 0 ? fromBelow : channels) + skip;
      });
      return levelOf(name, inputs, channels, upBlockTypes[block] === 'AttnUpBlock2D', level > 0 ? 'upsamplers' : undefined);
    }),
  };
}

const layers = (count: number, inputOf: (layer: number) => number): number[] => Array.from({ length: count }, (_, layer) => inputOf(layer));

const resnet = (name: string, inChannels: number, outChannels: number): ResnetBlock => ({ name, inChannels, outChannels });

function levelOf(name: string, inputs: number[], channels: number, attends: boolean, resample?: string): Level {
  return {
    resnets: inputs.map((inChannels, layer) => resnet(`${name}.resnets.${layer}`, inChannels, channels)),
    attentions: attends ? inputs.map((_, layer) => ({ name: `${name}.attentions.${layer}`, channels })) : [],
    ...(resample ? { resample: { name: `${name}.${resample}.0.conv`, channels } } : {}),
  };
}
