import { ConfigError, createRng } from '@rddpm/core';
import { describe, expect, test } from 'vitest';

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);

describe('createRng', () => {
  test('gives the same numbers for the same seed, others for another', () => {
    expect(draw(5, createRng(1).uniform)).toEqual(draw(5, createRng(1).uniform));
    expect(draw(5, createRng(1).uniform)).not.toEqual(draw(5, createRng(2).uniform));
  });

  test('forks by label, whatever was drawn before', () => {
    const used = createRng(1);
    used.uniform();
    expect(used.fork('step 7').uniform()).toBe(createRng(1).fork('step 7').uniform());
    expect(used.fork('step 7').uniform()).not.toBe(used.fork('step 8').uniform());
  });

  test('does not confuse a label with a path', () => {
    expect(createRng(0).fork('a').fork('b').uniform()).not.toBe(createRng(0).fork('a b').uniform());
    expect(createRng(0).fork('a/b').uniform()).not.toBe(createRng(0).fork('a').fork('b').uniform());
  });

  test('draws uniformly: mean 1/2, variance 1/12, within 5 standard errors', () => {
    const values = draw(100_000, createRng('uniform').uniform);
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / values.length));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / values.length));
    expect(Math.min(...values.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values.slice(0, 50_000))).toBeLessThan(1);
  });

  test('draws whole numbers evenly, the last included', () => {
    const counts = new Array(6).fill(0);
    const { integer } = createRng('dice');
    for (let i = 0; i < 60_000; i++) counts[integer(6)]++;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquared).toBeLessThan(25.7); // 99.99 % of 5 degrees of freedom
    expect(() => integer(0)).toThrow(ConfigError);
  });

  test('draws standard normal numbers: moments 0, 1, 0, 3', () => {
    const values = createRng('normal').normal(new Float32Array(200_001));
    const moment = (k: number) => values.reduce((sum, value) => sum + value ** k, 0) / values.length;
    const error = (variance: number) => 5 * Math.sqrt(variance / values.length);
    expect(Math.abs(moment(1))).toBeLessThan(error(1));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(error(2));
    expect(Math.abs(moment(3))).toBeLessThan(error(15));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(error(96));
    expect(values.every(Number.isFinite)).toBe(true);
  });
});
