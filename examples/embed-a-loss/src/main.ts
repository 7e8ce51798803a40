/** A training loop of your own with a robust loss: fit a line to readings of which every fifth is stuck at 10. Run: npm start */
import { huberLoss, mseLoss } from '@rddpm/losses';
import * as tf from '@tensorflow/tfjs';

const TRUE_SLOPE = 2;
const TRUE_OFFSET = -1;

const xs = Array.from({ length: 100 }, (_, i) => i / 50 - 0.99); // -0.99 … 0.99
const ys = xs.map((x, i) => (i % 5 === 2 ? 10 : TRUE_SLOPE * x + TRUE_OFFSET + 0.1 * Math.sin(40 * i)));
const x = tf.tensor1d(xs);
const y = tf.tensor1d(ys);

const losses = {
  mseLoss,
  huberLoss: (prediction: tf.Tensor, target: tf.Tensor) => huberLoss(prediction, target, { delta: 0.2 }),
};
for (const [name, loss] of Object.entries(losses)) {
  const { slope, offset } = await fit(loss);
  console.log(`${name.padEnd(9)} slope ${slope.toFixed(2)}, offset ${offset.toFixed(2)}`);
}
console.log(`the truth slope ${TRUE_SLOPE.toFixed(2)}, offset ${TRUE_OFFSET.toFixed(2)}`);

async function fit(loss: (prediction: tf.Tensor, target: tf.Tensor) => tf.Scalar): Promise<{ slope: number; offset: number }> {
  const slope = tf.variable(tf.scalar(0));
  const offset = tf.variable(tf.scalar(0));
  const optimizer = tf.train.adam(0.05);
  for (let step = 0; step < 300; step++) {
    optimizer.minimize(() => loss(tf.add(tf.mul(x, slope), offset), y), false, [slope, offset]);
  }
  return { slope: slope.dataSync()[0]!, offset: offset.dataSync()[0]! };
}
