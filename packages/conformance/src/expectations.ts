import type { HostTensor } from '@rddpm/core';
import { grad, memory, type Scalar, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { evaluate, evaluator } from './backend-under-test.ts';

type Values = HostTensor | ArrayLike<number> | number;

/**
 * Every element within `tolerance` of the expected one, absolutely and beyond 1 relatively; the message names the worst. Infinities must be
 * the same.
 *
 * @param options.nan Whether NaN may be where NaN is expected. @defaultValue false: a NaN is a failure
 */
export function expectClose(actual: Values, expected: Values, tolerance = 1e-5, { nan = false }: { readonly nan?: boolean } = {}): void {
  if (isHostTensor(actual) && isHostTensor(expected)) expect(actual.shape).toEqual(expected.shape);
  const a = valuesOf(actual);
  const b = valuesOf(expected);
  expect(a.length, 'number of elements').toBe(b.length);
  let worst = -1;
  let worstError = tolerance;
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i] || (nan && Number.isNaN(a[i]) && Number.isNaN(b[i]))) continue;
    const error = Math.abs(a[i]! - b[i]!) / Math.max(1, Math.abs(b[i]!));
    if (error <= worstError) continue; // NaN goes on
    worst = i;
    worstError = error;
    if (Number.isNaN(error)) break;
  }
  if (worst >= 0) expect.fail(`element ${worst} is ${a[worst]}, not ${b[worst]} (error ${worstError}, tolerance ${tolerance})`);
}

/**
 * The gradient of `fn` at `x` on the backend under test equals central differences. `step` and `tolerance` suit float32 functions of
 * size 1: the difference's rounding error is about 1e-7 / step.
 */
export async function expectGradient(
  fn: (x: Tensor) => Scalar,
  x: HostTensor,
  { step = 1e-2, tolerance = 2e-3, elements = x.data.length }: { step?: number; tolerance?: number; elements?: number } = {},
): Promise<void> {
  const input = tensor(x.data, [...x.shape]);
  const actual = await evaluate(({ x }: { x: Tensor }) => grad(fn)(x), { x: input });
  input.dispose();
  expect(actual.shape).toEqual([...x.shape]);
  const value = evaluator(({ x }: { x: Tensor }) => fn(x));
  const stride = Math.max(1, Math.floor(x.data.length / elements));
  const picked: number[] = [];
  const differences: number[] = [];
  for (let i = 0; i < x.data.length; i += stride) {
    const above = await valueAt(i, step);
    const below = await valueAt(i, -step);
    picked.push(actual.data[i]!);
    differences.push((above - below) / (2 * step));
  }
  expectClose(picked, differences, tolerance);

  async function valueAt(element: number, change: number): Promise<number> {
    const data = Float32Array.from(x.data);
    data[element]! += change;
    const moved = tensor(data, [...x.shape]);
    const { data: at } = await value({ x: moved });
    moved.dispose();
    return at[0]!;
  }
}

/** As many tensors after `action` as before. */
export async function expectNoLeak(action: () => Promise<unknown>): Promise<void> {
  const before = memory().numTensors;
  await action();
  expect(memory().numTensors - before, 'tensors left behind').toBe(0);
}

const isHostTensor = (values: Values): values is HostTensor => typeof values === 'object' && 'shape' in values;
const valuesOf = (values: Values): ArrayLike<number> =>
  typeof values === 'number' ? [values] : isHostTensor(values) ? values.data : values;
