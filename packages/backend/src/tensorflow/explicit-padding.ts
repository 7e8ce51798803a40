/**
 * tfjs-node's gradients of a convolution refuse padding that is given in numbers, such as that of a U-Net's strided convolutions, although
 * TensorFlow's operations know it. These kernels pass it on; other padding stays with tfjs-node.
 */
import {
  backend_util,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  getKernel,
  type KernelBackend,
  type KernelFunc,
  registerKernel,
  type Tensor,
  type TensorInfo,
  tensor1d,
  unregisterKernel,
} from '@tensorflow/tfjs';

const BACKEND = 'tensorflow';

/** tfjs-node's backend, as far as it's used here. */
type TensorflowKernels = KernelBackend & {
  readonly binding: { readonly [constant: string]: number };
  readonly executeSingleOutput: (name: string, attributes: readonly Attribute[], inputs: readonly TensorInfo[]) => Tensor;
};

type Attribute = { readonly name: string; readonly type: number | undefined; readonly value: unknown };

/** Of both gradients. */
type Attrs = Omit<Conv2DBackpropInputAttrs & Conv2DBackpropFilterAttrs, 'inputShape' | 'filterShape'>;

let registered = false;

export function registerExplicitPadding(): void {
  if (registered) return;
  registered = true;
  replace(Conv2DBackpropInput, ({ inputs, attrs, backend }) => {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    const { inputShape, ...rest } = attrs as unknown as Conv2DBackpropInputAttrs;
    const shapes = { input: inputShape, filter: filter.shape, result: inputShape };
    return gradient(Conv2DBackpropInput, shapes, rest, backend as TensorflowKernels, (sizes) => [sizes, filter, dy]);
  });
  replace(Conv2DBackpropFilter, ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape, ...rest } = attrs as unknown as Conv2DBackpropFilterAttrs;
    const shapes = { input: x.shape, filter: filterShape, result: filterShape };
    return gradient(Conv2DBackpropFilter, shapes, rest, backend as TensorflowKernels, (sizes) => [x, sizes, dy]);
  });
}

/** Where padding isn't given in numbers, tfjs-node's own kernel goes on. */
function replace(kernelName: string, kernelFunc: KernelFunc): void {
  const own = getKernel(kernelName, BACKEND);
  unregisterKernel(kernelName, BACKEND);
  registerKernel({ ...own, kernelFunc: (run) => (isInNumbers((run.attrs as unknown as Attrs).pad) ? kernelFunc : own.kernelFunc)(run) });
}

const isInNumbers = (pad: Attrs['pad']) => typeof pad !== 'string';

function gradient(
  name: string,
  shapes: { input: number[]; filter: number[]; result: number[] },
  { strides, pad, dataFormat, dimRoundingMode }: Attrs,
  backend: TensorflowKernels,
  inputs: (sizes: TensorInfo) => TensorInfo[],
): TensorInfo {
  const channelsLast = dataFormat === 'NHWC';
  const { strideHeight, strideWidth, padInfo } = backend_util.computeConv2DInfo(
    shapes.input as [number, number, number, number],
    shapes.filter as [number, number, number, number],
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    channelsLast ? 'channelsLast' : 'channelsFirst',
  );
  const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_STRING, TF_FLOAT } = backend.binding;
  const around = [padInfo.top, padInfo.bottom, padInfo.left, padInfo.right];
  const attributes = [
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'strides', type: TF_ATTR_INT, value: channelsLast ? [1, strideHeight, strideWidth, 1] : [1, 1, strideHeight, strideWidth] },
    { name: 'padding', type: TF_ATTR_STRING, value: 'EXPLICIT' },
    { name: 'explicit_paddings', type: TF_ATTR_INT, value: channelsLast ? [0, 0, ...around, 0, 0] : [0, 0, 0, 0, ...around] },
    { name: 'data_format', type: TF_ATTR_STRING, value: dataFormat },
  ];
  const sizes = tensor1d(shapes.result, 'int32');
  try {
    return backend.executeSingleOutput(name, attributes, inputs(sizes));
  } finally {
    sizes.dispose();
  }
}
