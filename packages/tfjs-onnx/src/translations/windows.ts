/** What convolutions and pooling share: windows that slide over images, in TensorFlow.js' words and in ONNX's. */
import { backend_util } from '@tensorflow/tfjs-core';
import { TraceError } from '../errors.ts';
import type { Layout, Traced } from '../traced.ts';
import { type KernelCall, result } from './translation.ts';

/** Physical [n, c, h, w] of logical [n, h, w, c]. */
export const NCHW = [0, 3, 1, 2];
export const BLOCKED: Layout = { order: NCHW, blocked: true };

export type Geometry = { strides: number[]; dilations: number[]; pads: number[]; kernel: number[]; input: Size; output: Size };
export type Size = { n: number; h: number; w: number; c: number };

export function geometry(call: KernelCall, inputShape: readonly number[], filterShape: readonly number[], kernel: string): Geometry {
  const {
    strides,
    pad,
    dilations = 1,
    dimRoundingMode,
    dataFormat = 'NHWC',
  } = call.attributes as never as {
    strides: number | [number, number];
    pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
    dilations?: number | [number, number];
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
    dataFormat?: string;
  };
  if (dataFormat !== 'NHWC') throw new TraceError(`tfjs-onnx: ${kernel} with dataFormat '${dataFormat}'; only 'NHWC' is translated`);
  const info = backend_util.computeConv2DInfo(
    [...inputShape] as never,
    [...filterShape] as never,
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  const { top, left, bottom, right } = info.padInfo;
  return {
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [top, left, bottom, right],
    kernel: [info.filterHeight, info.filterWidth],
    input: { n: info.batchSize, h: info.inHeight, w: info.inWidth, c: info.inChannels },
    output: { n: info.batchSize, h: info.outHeight, w: info.outWidth, c: info.outChannels },
  };
}

export const image = (name: string, { n, h, w, c }: Size, layout: Layout = { order: NCHW }): Traced =>
  result(name, [n, h, w, c], 'float32', layout);
