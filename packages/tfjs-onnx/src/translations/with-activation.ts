/** Products and convolutions that TensorFlow.js joins with a bias and an activation (`tf.fused`, layers): written as the parts. */
import { convolutions } from './convolutions.ts';
import { elementwise } from './elementwise.ts';
import { groupedConvolutions } from './grouped-convolutions.ts';
import { products } from './products.ts';
import { applied, type KernelCall, operand, type Translation } from './translation.ts';

/** TensorFlow.js' names of activations, and the kernels that they are. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  elu: 'Elu',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
  relu: 'Relu',
  relu6: 'Relu6',
  sigmoid: 'Sigmoid',
};

const withActivation =
  (translation: Translation | undefined, operands: readonly [string, string]): Translation =>
  (call) => {
    const { bias, preluActivationWeights } = call.inputs;
    const { activation = 'linear', leakyreluAlpha, ...attributes } = call.attributes as { activation?: string; leakyreluAlpha?: number };
    const inputs = Object.fromEntries(operands.map((name) => [name, operand(call, name)]));
    const product = applied(translation, call, inputs, attributes);
    const x = bias ? applied(elementwise.Add, call, { a: product, b: bias }) : product;
    if (activation === 'linear') return x;
    const slope: KernelCall['inputs'] = preluActivationWeights ? { alpha: preluActivationWeights } : {};
    return applied(elementwise[ACTIVATIONS[activation]!], call, { x, ...slope }, { alpha: leakyreluAlpha });
  };

export const productsWithActivation: Record<string, Translation> = {
  _FusedMatMul: withActivation(products.BatchMatMul, ['a', 'b']),
  FusedConv2D: withActivation(convolutions.Conv2D, ['x', 'filter']),
  FusedDepthwiseConv2D: withActivation(groupedConvolutions.DepthwiseConv2dNative, ['x', 'filter']),
};
