import * as tf from '@tensorflow/tfjs';

export type Step = { filter: tf.Tensor4D; x: tf.Tensor4D; target: tf.Tensor4D };

/** One step of gradient descent on a convolution: forward, gradient and update in one function. */
export function trainingStep({ filter, x, target }: Step) {
  const loss = (filter: tf.Tensor4D) => tf.mean(tf.square(tf.sub(tf.sigmoid(tf.conv2d(x, filter, 1, 'same')), target))) as tf.Scalar;
  const { value, grad } = tf.valueAndGrad(loss)(filter);
  return { loss: value, filter: tf.sub(filter, tf.mul(grad, 0.5)) };
}

export function stepArguments(): Step {
  const wave = (shape: [number, number, number, number], speed: number) =>
    tf.tensor4d(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * speed)),
      shape,
    );
  return { filter: wave([3, 3, 2, 2], 0.7), x: wave([2, 6, 6, 2], 0.3), target: wave([2, 6, 6, 2], 0.5) };
}

/** What a page can hand over to a test. */
export async function values(result: Record<string, tf.Tensor>): Promise<Record<string, number[]>> {
  const numbers: Record<string, number[]> = {};
  for (const [name, tensor] of Object.entries(result)) numbers[name] = [...(await tensor.data())];
  return numbers;
}
