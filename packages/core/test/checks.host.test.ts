import '@rddpm/conformance';
import { assertPositive, assertPositiveInteger, assertSameShape, ConfigError, ShapeError, shown } from '@rddpm/core';
import { dispose, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

test('shapes that would broadcast are not the same', () => {
  const [a, b] = [zeros([4, 8, 8, 1]), zeros([8, 1])];
  expect(() => assertSameShape('loss', a, b, ['prediction', 'target'])).toThrow(
    new ShapeError('loss: prediction is [4,8,8,1] but target is [8,1]; both must have the same shape'),
  );
  expect(() => assertSameShape('loss', a, a, ['prediction', 'target'])).not.toThrow();
  dispose([a, b]);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('%d is not positive', (value) => {
  expect(() => assertPositive('huberLoss: delta', value)).toThrow(
    new ConfigError(`huberLoss: delta is ${value}; it must be a finite number above 0`),
  );
});

test.each([0, 1.5, -2, 2 ** 53])('%d is not a whole number of at least 1', (value) => {
  expect(() => assertPositiveInteger('train: steps', value)).toThrow(ConfigError);
  expect(() => assertPositiveInteger('train: steps', 3)).not.toThrow();
});

test('an error says its class and keeps its cause', () => {
  const cause = new Error('inner');
  const error = new ShapeError('outer', { cause });
  expect([error.name, error.cause, error instanceof Error]).toEqual(['ShapeError', cause, true]);
});

test('what is shown in messages is short, and never fails', () => {
  expect([7, Number.NaN, undefined, null, 'a', [1, 'b']].map(shown)).toEqual(['7', 'NaN', 'undefined', 'null', '"a"', '[1,"b"]']);
  expect(shown('x'.repeat(200))).toBe(`"${'x'.repeat(79)} …`);
  let deep: unknown = 0;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(shown(deep)).toMatch(/^(nested too deeply to show|\[{80} …)$/); // newer engines need no stack for it
});
