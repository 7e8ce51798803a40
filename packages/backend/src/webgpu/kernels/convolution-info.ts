import { backend_util } from '@tensorflow/tfjs';

/** Of TensorFlow.js' `Conv2D` and its two gradients. */
export type ConvolutionAttributes = {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | [[number, number], [number, number], [number, number], [number, number]];
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

/** Sizes, strides and padding in numbers; undefined for what our kernels leave to TensorFlow.js': channels first, or dilated. */
export function convolutionInfo(attributes: ConvolutionAttributes, inputShape: number[], filterShape: number[]) {
  const { strides, pad, dataFormat, dilations = 1, dimRoundingMode } = attributes;
  if (dataFormat !== 'NHWC' || [dilations].flat().some((dilation) => dilation !== 1)) return undefined;
  const shapes = [inputShape, filterShape] as [[number, number, number, number], [number, number, number, number]];
  return backend_util.computeConv2DInfo(...shapes, strides, 1, pad, dimRoundingMode);
}
