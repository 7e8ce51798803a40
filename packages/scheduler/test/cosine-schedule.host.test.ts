import { expectClose } from '@rddpm/conformance';
import { ConfigError } from '@rddpm/core';
import { cosineSchedule } from '@rddpm/scheduler';
import { expect, test } from 'vitest';

test('two steps without offset, by hand', () => {
  // cos² of 0°, 45°, 90°: 1, 1/2, 0
  const { betas, alphasCumprod } = cosineSchedule({ steps: 2, offset: 0 });
  expectClose(betas, [0.5, 0.999], 1e-15);
  expectClose(alphasCumprod, [0.5, 0.5 * 0.001], 1e-15);
});

test('follows the squared cosine until the last betas are clipped', () => {
  const { alphasCumprod } = cosineSchedule();
  const signal = (u: number) => Math.cos(((u + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  for (const t of [0, 300, 700, 990]) expect(alphasCumprod[t]! / (signal((t + 1) / 1000) / signal(0))).toBeCloseTo(1, 10);
});

test.each([
  [{ steps: 2.5 }, 'cosineSchedule: steps is 2.5; it must be a whole number of at least 1'],
  [{ offset: -1 }, 'cosineSchedule: offset is -1; it must be a number of at least 0'],
])('refuses %j', (options, message) => {
  expect(() => cosineSchedule(options)).toThrow(new ConfigError(message));
});
