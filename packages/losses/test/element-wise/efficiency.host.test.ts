import { evaluate, expectClose } from '@rddpm/conformance';
import { cauchy, clippedMse, EFFICIENCY_95, gemanMcclure, huber, logCosh, pseudoHuber, tukey, welsch } from '@rddpm/losses';
import { type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

const losses = { huber, pseudoHuber, logCosh, cauchy, gemanMcclure, welsch, tukey, clippedMse };
const NAMES = Object.keys(EFFICIENCY_95) as (keyof typeof EFFICIENCY_95)[];

test.each(NAMES)('%s estimates a normal location with an efficiency of 95 %% at its constant', async (name) => {
  const constant = EFFICIENCY_95[name];
  const { psi } = losses[name]({ scale: constant, delta: constant });
  const grid = Array.from({ length: 4001 }, (_, i) => (i - 2000) / 250); // -8 … 8
  const x = tensor1d(grid);
  const { data } = await evaluate(({ x }: { x: Tensor }) => psi(x), { x });
  x.dispose();
  const expectation = (of: (i: number) => number) =>
    grid.reduce((sum, x, i) => sum + of(i) * Math.exp((-x * x) / 2), 0) / 250 / Math.sqrt(2 * Math.PI);
  const slope = expectation((i) => data[i]! * grid[i]!); // E ψ′(x), by Stein's identity
  expectClose([slope ** 2 / expectation((i) => data[i]! ** 2)], [0.95], 5e-4); // the constants have four digits
});

test('those with a scale have it as their default', async () => {
  const x = tensor1d([0.5, 3, -10]);
  for (const name of NAMES.filter((name) => name !== 'huber' && name !== 'pseudoHuber')) {
    const [byDefault, explicit] = [losses[name](), losses[name]({ scale: EFFICIENCY_95[name] })];
    const both = (await evaluate(({ x }: { x: Tensor }) => [byDefault.rho(x), explicit.rho(x)], { x })) as { data: Float32Array }[];
    expect(both[0]!.data).toEqual(both[1]!.data);
  }
  x.dispose();
});
