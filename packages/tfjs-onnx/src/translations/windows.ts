/** What convolutions and pooling share: windows that slide over images, in TensorFlow.js' words and in ONNX's. */
import { backend_util } from '@tensorflow/tfjs-core';
import { TraceError } from '../errors.ts';
import type { Layout, Traced } from '../traced.ts';
import { type KernelCall, result } from './translation.ts';

/** Physical [n, c, h, w] of logical [n, h, w, c]. */
export const NCHW = [0, 3, 1, 2];
export const BLOCKED: Layout = { order: NCHW, blocked: true };

/** Physical [n, c, …] of logical [n, …, c]. */
export const channelsFirst = (rank: number): number[] => [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1)];

/** Windows over two or three axes: one number per axis, pads before all axes and then behind them. */
export type Windows = {
  readonly kernel: number[];
  readonly strides: number[];
  readonly dilations: number[];
  readonly pads: number[];
  /** Lengths of the axes, without batch and channels. */
  readonly input: number[];
  readonly output: number[];
  /** As TensorFlow.js has it: [n, …, c]. */
  readonly outputShape: number[];
};

type Attributes = {
  strides: number | number[];
  pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  dilations?: number | number[];
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  dataFormat?: string;
};

/** @param filterShape [h, w, in, out] or [d, h, w, in, out]; for pooling `in` and `out` are the channels, for depthwise `out` their multiplier. */
export function windows(call: KernelCall, inputShape: readonly number[], filterShape: readonly number[], isDepthwise = false): Windows {
  const { strides, pad, dilations, dimRoundingMode, dataFormat = 'NHWC' } = call.attributes as never as Attributes;
  if (!['NHWC', 'NDHWC'].includes(dataFormat))
    throw new TraceError(
      `tfjs-onnx: ${call.kernel} with dataFormat '${dataFormat}'; only the default is translated, so transpose the image to put channels last`,
    );
  const shapes = [[...inputShape] as never, [...filterShape] as never, strides as never, (dilations ?? 1) as never, pad as never] as const;
  const axes =
    inputShape.length === 4
      ? planar(backend_util.computeConv2DInfo(...shapes, dimRoundingMode, isDepthwise))
      : spatial(backend_util.computeConv3DInfo(...shapes, false, undefined, dimRoundingMode));
  const of = (key: keyof Axis) => axes.map((axis) => axis[key]);
  // a window that rounding up lets stand out beyond the image needs padding there, too
  const behind = axes.map(({ output, stride, kernel, dilation, input, before, after }) =>
    Math.max(after, (output - 1) * stride + (kernel - 1) * dilation + 1 - input - before),
  );
  const channels = isDepthwise ? filterShape.at(-2)! * filterShape.at(-1)! : filterShape.at(-1)!;
  return {
    kernel: of('kernel'),
    strides: of('stride'),
    dilations: of('dilation'),
    pads: [...of('before'), ...behind],
    input: of('input'),
    output: of('output'),
    outputShape: [inputShape[0]!, ...of('output'), channels],
  };
}

/** How many pixels at the end of each axis no window reaches. */
export const unreached = ({ kernel, strides, pads, input, output }: Windows): number[] =>
  input.map((length, axis) => length + pads[axis]! + pads[axis + input.length]! - (output[axis]! - 1) * strides[axis]! - kernel[axis]!);

type Axis = Record<'kernel' | 'stride' | 'dilation' | 'before' | 'after' | 'input' | 'output', number>;

type Info = Record<`${'filter' | 'stride' | 'dilation' | 'in' | 'out'}${'Height' | 'Width'}`, number>;

const axisOf = (info: Info, name: 'Height' | 'Width', before: number, after: number): Axis => ({
  kernel: info[`filter${name}`],
  stride: info[`stride${name}`],
  dilation: info[`dilation${name}`],
  before,
  after,
  input: info[`in${name}`],
  output: info[`out${name}`],
});

const planar = (info: Info & { padInfo: Record<'top' | 'bottom' | 'left' | 'right', number> }): Axis[] => [
  axisOf(info, 'Height', info.padInfo.top, info.padInfo.bottom),
  axisOf(info, 'Width', info.padInfo.left, info.padInfo.right),
];

const spatial = (info: backend_util.Conv3DInfo): Axis[] => [
  {
    kernel: info.filterDepth,
    stride: info.strideDepth,
    dilation: info.dilationDepth,
    before: info.padInfo.front,
    after: info.padInfo.back,
    input: info.inDepth,
    output: info.outDepth,
  },
  ...planar(info),
];

export type Geometry = { strides: number[]; dilations: number[]; pads: number[]; kernel: number[]; input: Size; output: Size };
export type Size = { n: number; h: number; w: number; c: number };

export function geometry(call: KernelCall, inputShape: readonly number[], filterShape: readonly number[]): Geometry {
  const { strides, dilations, pads, kernel, outputShape } = windows(call, inputShape, filterShape);
  return { strides, dilations, pads, kernel, input: size(inputShape), output: size(outputShape) };
}

const size = ([n, h, w, c]: readonly number[]): Size => ({ n: n!, h: h!, w: w!, c: c! });

export const image = (name: string, { n, h, w, c }: Size, layout: Layout = { order: NCHW }): Traced =>
  result(name, [n, h, w, c], 'float32', layout);
