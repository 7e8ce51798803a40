/**
 * tfjs-node's convolution refuses padding that is one number, and its gradients any padding in numbers, such as that of a U-Net's strided
 * convolutions, although TensorFlow's operations know it. These kernels pass it on. All else stays with tfjs-node.
 */
import {
  backend_util,
  Conv2D,
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

/** tfjs-node's backend, as far as it's used here. */
type TensorflowKernels = KernelBackend & {
  readonly binding: { readonly [constant: string]: number };
  readonly executeSingleOutput: (name: string, attributes: readonly Attribute[], inputs: readonly TensorInfo[]) => Tensor;
};

type Attribute = { readonly name: string; readonly type: number | undefined; readonly value: unknown };

type Run = Parameters<KernelFunc>[0];
type Shape = [number, number, number, number];

/** What the convolution and its gradients have in common. */
type Attrs = Pick<Conv2DBackpropInputAttrs, 'strides' | 'pad' | 'dataFormat' | 'dimRoundingMode'>;

let registered = false;

export function registerExplicitPadding(): void {
  if (registered) return;
  registered = true;
  replace(Conv2D, (run, own) => own({ ...run, attrs: { ...run.attrs, pad: eachSide(attrsOf<Attrs>(run).pad) } }));
  replace(Conv2DBackpropInput, (run) => {
    const { dy, filter } = run.inputs as { dy: TensorInfo; filter: TensorInfo };
    const { inputShape } = attrsOf<Conv2DBackpropInputAttrs>(run);
    return gradient(Conv2DBackpropInput, run, { x: inputShape, filter: filter.shape, result: inputShape }, (sizes) => [sizes, filter, dy]);
  });
  replace(Conv2DBackpropFilter, (run) => {
    const { x, dy } = run.inputs as { x: TensorInfo; dy: TensorInfo };
    const { filterShape } = attrsOf<Conv2DBackpropFilterAttrs>(run);
    return gradient(Conv2DBackpropFilter, run, { x: x.shape, filter: filterShape, result: filterShape }, (sizes) => [x, sizes, dy]);
  });
}

function replace(kernelName: string, kernelFunc: (run: Run, own: KernelFunc) => ReturnType<KernelFunc>): void {
  const own = getKernel(kernelName, 'tensorflow');
  unregisterKernel(kernelName, 'tensorflow');
  registerKernel({ ...own, kernelFunc: (run) => (isInNumbers(attrsOf(run)) ? kernelFunc(run, own.kernelFunc) : own.kernelFunc(run)) });
}

const isInNumbers = ({ pad, dataFormat }: Attrs) => typeof pad !== 'string' && dataFormat === 'NHWC';

const attrsOf = <A = Attrs>({ attrs }: Run) => attrs as unknown as A;

const eachSide = (pad: Attrs['pad']) => (typeof pad === 'number' ? [0, pad, pad, 0].map((side) => [side, side]) : pad) as number[][];

function gradient(
  name: string,
  run: Run,
  shapes: { readonly x: readonly number[]; readonly filter: readonly number[]; readonly result: number[] },
  inputs: (sizes: TensorInfo) => TensorInfo[],
): TensorInfo {
  const { strides, pad, dimRoundingMode } = attrsOf(run);
  const backend = run.backend as TensorflowKernels;
  const { binding } = backend;
  const convolution = backend_util.computeConv2DInfo(shapes.x as Shape, shapes.filter as Shape, strides, 1, pad, dimRoundingMode);
  const { top, bottom, left, right } = convolution.padInfo;
  const attributes = [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'strides', type: binding.TF_ATTR_INT, value: [1, convolution.strideHeight, convolution.strideWidth, 1] },
    { name: 'padding', type: binding.TF_ATTR_STRING, value: 'EXPLICIT' },
    { name: 'explicit_paddings', type: binding.TF_ATTR_INT, value: [0, 0, top, bottom, left, right, 0, 0] },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
  ];
  const sizes = tensor1d(shapes.result, 'int32');
  try {
    return backend.executeSingleOutput(name, attributes, inputs(sizes));
  } finally {
    sizes.dispose();
  }
}
