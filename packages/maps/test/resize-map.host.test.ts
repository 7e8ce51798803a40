import { ConfigError, ShapeError } from '@rddpm/core';
import { describe, expect, test } from 'vitest';
import { resizeMap } from '../src/index.ts';

const resize = (values: number[], from: [number, number], to: [number, number]) =>
  [...resizeMap(Float32Array.from(values), { width: from[0], height: from[1] }, { width: to[0], height: to[1] })].map((v) =>
    Number(v.toFixed(6)),
  );

describe('resizeMap', () => {
  test('puts centres on half pixels, and repeats the edge', () => {
    // torch.nn.functional.interpolate([[0, 1]], size=4, mode='bilinear', align_corners=False): 0, 0.25, 0.75, 1
    expect(resize([0, 1], [2, 1], [4, 1])).toEqual([0, 0.25, 0.75, 1]);
  });

  test('goes both ways at once', () => {
    // the same of [[0, 1], [2, 4]] to 3 x 3
    expect(resize([0, 1, 2, 4], [2, 2], [3, 3])).toEqual([0, 0.5, 1, 1, 1.75, 2.5, 2, 3, 4]);
  });

  test('shrinks without averaging, as PyTorch does unless told to antialias', () => {
    expect(resize([0, 1, 2, 3, 4, 5, 6, 7], [8, 1], [2, 1])).toEqual([1.5, 5.5]);
    expect(resize([0, 1, 2, 3, 4, 5], [6, 1], [2, 1])).toEqual([1, 4]);
  });

  test('leaves a map of the right size as it is', () => {
    expect(resize([1, 2, 3, 4, 5, 6], [3, 2], [3, 2])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('keeps float64 as it is', () => {
    const resized = resizeMap(Float64Array.of(0.1, 0.3), { width: 2, height: 1 }, { width: 1, height: 1 });
    expect(resized).toEqual(Float64Array.of(0.5 * 0.1 + 0.5 * 0.3));
  });

  test('refuses a map of another size, and sizes that are none', () => {
    expect(() => resize([1, 2, 3], [2, 2], [2, 2])).toThrow(new ShapeError('resizeMap: map has 3 values; 2 x 2 pixels need 4'));
    expect(() => resize([1, 2], [2, 1], [0, 1])).toThrow(
      new ConfigError('resizeMap: to.width is 0; it must be a whole number of at least 1'),
    );
  });

  test('keeps a plane a plane, away from the edges', () => {
    const [from, to] = [5, 12];
    const plane = Array.from({ length: from * from }, (_, i) => 2 * (i % from) + 3 * Math.floor(i / from));
    const resized = resize(plane, [from, from], [to, to]);
    const at = (i: number) => ((i + 0.5) * from) / to - 0.5;
    for (let y = 2; y < to - 2; y++) for (let x = 2; x < to - 2; x++) expect(resized[y * to + x]).toBeCloseTo(2 * at(x) + 3 * at(y), 4);
  });
});
