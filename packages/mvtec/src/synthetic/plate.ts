import type { Rng } from '@rddpm/core';
import { createNoise2D } from 'simplex-noise';
import { hsv, mix, type Rgb, scale } from './colour.ts';
import { between, type Flaw, type Scene, type Surface, sideLight, smoothstep } from './scene.ts';
import { blob, curve } from './shapes.ts';

/** Of the plate, in its own coordinates, whose unit is the frame's side: the x axis runs along it. */
const HALF_LENGTH = 0.31;
const HALF_WIDTH = 0.14;
const HOLES = [-0.19, 0.19];
const HOLE_RADIUS = 0.055;
const SLOT = { halfLength: 0.07, radius: 0.022 };

/**
 * A brushed metal plate with two holes and a slot, lying on dark felt at any angle; turned by half it looks the same. Its flaws are small, about
 * 0.3 % of the picture. Place, angle, metal, brushing, felt and light vary.
 */
export function plate(rng: Rng): Scene {
  const centre = [between(rng, 0.44, 0.56), between(rng, 0.44, 0.56)] as const;
  const angle = between(rng, 0, 2 * Math.PI);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const metal = hsv(between(rng, 0.05, 0.65), between(rng, 0, 0.12), between(rng, 0.55, 0.75));
  const felt = hsv(between(rng, 0.5, 0.7), between(rng, 0.1, 0.3), between(rng, 0.08, 0.14));
  const brushing = createNoise2D(rng.uniform);
  const shine = between(rng, 0.02, 0.14) * Math.sin(2 * (angle - between(rng, -0.3, 0.3))); // brushed metal: by where it points
  const onPlate = (x: number, y: number) => {
    const [dx, dy] = [x - centre[0], y - centre[1]];
    return [cos * dx + sin * dy, cos * dy - sin * dx] as const;
  };
  const toFrame = (u: number, v: number) => [centre[0] + cos * u - sin * v, centre[1] + sin * u + cos * v] as const;

  /** Of the plate with nothing cut out of it: below 0 inside. */
  const outline = (u: number, v: number) => capsule(u, v, HALF_LENGTH - HALF_WIDTH) - HALF_WIDTH;
  /** Of the holes and the slot. */
  const cutOut = (u: number, v: number) =>
    Math.min(...HOLES.map((at) => Math.hypot(u - at, v) - HOLE_RADIUS), capsule(u, v, SLOT.halfLength) - SLOT.radius);

  const material = (u: number, v: number): Rgb => {
    const toEdge = Math.min(-outline(u, v), cutOut(u, v));
    const bevel = 0.18 * (1 - smoothstep(0, 0.02, toEdge));
    return scale(metal, 1 + shine + bevel + 0.05 * brushing(4 * u, 60 * v));
  };
  const surface: Surface = (x, y) => {
    const [u, v] = onPlate(x, y);
    return outline(u, v) > 0 || cutOut(u, v) < 0 ? felt : material(u, v);
  };
  /** A place on the metal, `margin` away from its edges. */
  const somewhere = (flawRng: Rng, margin: number) => {
    for (;;) {
      const [u, v] = [between(flawRng, -HALF_LENGTH, HALF_LENGTH), between(flawRng, -HALF_WIDTH, HALF_WIDTH)];
      if (outline(u, v) < -margin && cutOut(u, v) > margin) return toFrame(u, v);
    }
  };
  const isMetal = (x: number, y: number) => {
    const [u, v] = onPlate(x, y);
    return outline(u, v) <= 0 && cutOut(u, v) >= 0;
  };

  return {
    surface,
    light: sideLight(rng, [0.85, 1.1]),
    flaws: {
      /** A bite out of the edge. */
      chip(flawRng): Flaw {
        const along = between(flawRng, -HALF_LENGTH + HALF_WIDTH, HALF_LENGTH - HALF_WIDTH);
        const place = toFrame(along, flawRng.uniform() < 0.5 ? -HALF_WIDTH : HALF_WIDTH);
        const depth = blob(flawRng, place, between(flawRng, 0.035, 0.05));
        return (x, y) => (depth(x, y) > 0 && isMetal(x, y) ? { colour: scale(felt, 1.2), marked: true } : undefined);
      },
      /** Metal that was left in a hole. */
      burr(flawRng): Flaw {
        const turn = between(flawRng, 0, 2 * Math.PI);
        const at = HOLES[flawRng.integer(2)]!;
        const depth = blob(
          flawRng,
          toFrame(at + HOLE_RADIUS * Math.cos(turn), HOLE_RADIUS * Math.sin(turn)),
          between(flawRng, 0.03, 0.042),
        );
        return (x, y) => (depth(x, y) > 0 && !isMetal(x, y) ? { colour: scale(metal, 0.8), marked: true } : undefined);
      },
      scratch(flawRng): Flaw {
        const depth = curve(flawRng, somewhere(flawRng, 0.02), between(flawRng, 0.14, 0.22), between(flawRng, 0.016, 0.022), 0.15);
        const colour = flawRng.uniform() < 0.5 ? scale(metal, 0.55) : mix(metal, [1, 1, 1], 0.7);
        return (x, y) => (depth(x, y) > 0 && isMetal(x, y) ? { colour, marked: true } : undefined);
      },
      stain(flawRng): Flaw {
        const depth = blob(flawRng, somewhere(flawRng, 0.03), between(flawRng, 0.025, 0.04));
        const colour = scale(metal, between(flawRng, 0.5, 0.7));
        return (x, y) => {
          const inside = depth(x, y);
          if (inside <= 0 || !isMetal(x, y)) return undefined;
          return { colour: mix(surface(x, y), colour, smoothstep(0, 0.4, inside)), marked: true };
        };
      },
    },
  };
}

/** The distance to the segment from -halfLength to halfLength on the x axis. */
function capsule(u: number, v: number, halfLength: number): number {
  return Math.hypot(Math.max(0, Math.abs(u) - halfLength), v);
}
