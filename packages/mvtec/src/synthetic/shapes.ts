/** The outlines of flaws. */
import type { Rng } from '@rddpm/core';
import { createNoise2D } from 'simplex-noise';
import { between } from './scene.ts';

type Point = readonly [x: number, y: number];

/**
 * A lobed spot, up to twice as long as wide.
 *
 * @param radius Of a circle of about its area.
 * @returns How deep a point lies within: 1 at the centre, 0 on the outline, negative outside.
 */
export function blob(rng: Rng, centre: Point, radius: number): (x: number, y: number) => number {
  const noise = createNoise2D(rng.uniform);
  const stretch = Math.sqrt(between(rng, 1, 2));
  const angle = between(rng, 0, Math.PI);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => {
    const [dx, dy] = [x - centre[0], y - centre[1]];
    const along = (cos * dx + sin * dy) / stretch;
    const across = (cos * dy - sin * dx) * stretch;
    const r = Math.hypot(along, across);
    if (r > 2 * radius) return -1;
    const outline = r === 0 ? radius : radius * (1 + 0.3 * noise((0.6 * along) / r, (0.6 * across) / r));
    return 1 - r / outline;
  };
}

/**
 * A bent line.
 *
 * @param bend Height of its arc over its length, at most.
 * @returns How deep a point lies within: 1 on the line, 0 at half its width, negative outside.
 */
export function curve(rng: Rng, centre: Point, length: number, width: number, bend = 0.3): (x: number, y: number) => number {
  const angle = between(rng, 0, 2 * Math.PI);
  const arc = between(rng, -bend, bend) * length;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const points = Array.from({ length: 17 }, (_, i): Point => {
    const t = i / 8 - 1; // a parabola through the centre
    const [along, across] = [(t * length) / 2, arc * (0.5 - t * t)];
    return [centre[0] + cos * along - sin * across, centre[1] + sin * along + cos * across];
  });
  const reach = length / 2 + Math.abs(arc) + width;
  return (x, y) => {
    if (Math.abs(x - centre[0]) > reach || Math.abs(y - centre[1]) > reach) return -1;
    let nearest = Number.POSITIVE_INFINITY;
    for (let i = 1; i < points.length; i++) nearest = Math.min(nearest, distanceToSegment(x, y, points[i - 1]!, points[i]!));
    return 1 - nearest / (width / 2);
  };
}

function distanceToSegment(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
