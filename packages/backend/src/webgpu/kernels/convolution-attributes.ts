/** Of TensorFlow.js' `Conv2D` and its two gradients. */
export type ConvolutionAttributes = {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | [[number, number], [number, number], [number, number], [number, number]];
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

/** Whether our kernels do it: channels last, undilated. */
export const isPlain = ({ dataFormat, dilations = 1 }: ConvolutionAttributes) =>
  dataFormat === 'NHWC' && [dilations].flat().every((dilation) => dilation === 1);
