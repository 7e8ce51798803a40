import { expect, test } from 'vitest';
import { type Polyline, thinPolyline } from '../../src/html/thin-polyline.ts';

const unscaled = { tolerance: 0.5, scale: [1, 1] } as const;

test('leaves out points on a straight line and keeps corners', () => {
  expect(thinPolyline({ x: [0, 1, 2, 2, 2], y: [0, 0, 0, 1, 2] }, unscaled)).toEqual([0, 2, 4]);
});

test('measures distance in units of the drawing', () => {
  const bump: Polyline = { x: [0, 0.5, 1], y: [0, 0.01, 0] };
  expect(thinPolyline(bump, { tolerance: 0.5, scale: [300, 49] })).toEqual([0, 2]);
  expect(thinPolyline(bump, { tolerance: 0.5, scale: [300, 51] })).toEqual([0, 1, 2]);
});

test('a line that returns to its start keeps its farthest point', () => {
  expect(thinPolyline({ x: [0, 3, 0], y: [0, 0, 0] }, unscaled)).toEqual([0, 1, 2]);
});

test('keeps what is too short to thin', () => {
  expect(thinPolyline({ x: [], y: [] }, unscaled)).toEqual([]);
  expect(thinPolyline({ x: [1, 1], y: [2, 2] }, unscaled)).toEqual([0, 1]);
});

test('no point left out is farther from the drawn line than the tolerance', () => {
  const line = randomStairs(1000);
  const options = { tolerance: 0.4, scale: [320, 280] } as const;
  const kept = thinPolyline(line, options);
  expect(kept.length).toBeLessThan(500);
  for (let segment = 1; segment < kept.length; segment++) {
    const [from, to] = [kept[segment - 1]!, kept[segment]!];
    for (let i = from; i <= to; i++) expect(distanceToSegment(line, options.scale, i, from, to)).toBeLessThanOrEqual(0.4 + 1e-9);
  }
});

test('thins a curve of a million points to what can be seen', () => {
  const points = 1_000_000;
  const x = Float64Array.from({ length: points }, (_, index) => index / (points - 1));
  const kept = thinPolyline({ x, y: x.map(Math.sqrt) }, { tolerance: 0.2, scale: [320, 280] });
  expect(kept.length).toBeLessThan(200);
  expect([kept[0], kept.at(-1)]).toEqual([0, points - 1]);
});

test('x and y of different length are an error', () => {
  expect(() => thinPolyline({ x: [0, 1], y: [0] }, unscaled)).toThrow(
    new RangeError('thinPolyline: 2 x but 1 y; there must be one of each per point'),
  );
});

/** By sampling the segment densely: slower than the formula, and without its algebra. */
function distanceToSegment({ x, y }: Polyline, [sx, sy]: readonly [number, number], i: number, from: number, to: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  const samples = 500;
  for (let k = 0; k <= samples; k++) {
    const px = x[from]! + (k / samples) * (x[to]! - x[from]!);
    const py = y[from]! + (k / samples) * (y[to]! - y[from]!);
    nearest = Math.min(nearest, Math.hypot((x[i]! - px) * sx, (y[i]! - py) * sy));
  }
  // The nearest of the samples is at most half their spacing from the true foot of the perpendicular.
  const spacing = Math.hypot((x[to]! - x[from]!) * sx, (y[to]! - y[from]!) * sy) / samples;
  return Math.max(0, nearest - spacing);
}

/** Like a ROC curve: up or right at every step. */
function randomStairs(count: number): Polyline {
  let state = 7;
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  for (let i = 1; i < count; i++) {
    state = (state * 48271) % 2147483647;
    const up = state % 3 > 0;
    x[i] = x[i - 1]! + (up ? 0 : 3 / count);
    y[i] = y[i - 1]! + (up ? 1.5 / count : 0);
  }
  return { x, y };
}
