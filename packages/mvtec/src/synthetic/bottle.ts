import type { Rng } from '@rddpm/core';
import { createNoise2D } from 'simplex-noise';
import { hsv, mix, scale } from './colour.ts';
import { between, type Scene, type Surface, sideLight, smoothstep } from './scene.ts';
import { blob, curve } from './shapes.ts';

/** Where the rings of a bottle end, in radii. */
const MOUTH = 0.52;
const GROOVE = 0.6;
const LIP = 0.84;

/** A bottle from above on a plain table: shoulder, lip and mouth. Place, size, turn, glass, table and light vary. */
export function bottle(rng: Rng): Scene {
  const centre = [between(rng, 0.45, 0.55), between(rng, 0.45, 0.55)] as const;
  const radius = between(rng, 0.36, 0.42);
  const towardsLight = between(rng, 0, 2 * Math.PI);
  const exposure = between(rng, 0.35, 1.1);
  const tint = rng.uniform();
  const tinted = (saturation: number, value: number) => hsv(tint + between(rng, -0.06, 0.06), saturation, exposure * value);
  const saturation = between(rng, 0, 0.45);
  const table = tinted(saturation * 0.6, between(rng, 0.65, 0.85));
  const glass = tinted(saturation, between(rng, 0.5, 0.65));
  const lip = mix(glass, scale(table, 1.2), between(rng, 0.5, 0.9));
  const wall = scale(glass, 0.65);
  const floor = mix(glass, table, 0.35);
  // Broken glass and what falls in catches the light of a dark picture, and casts a shadow in a bright one.
  const foreign = exposure > 0.7 ? scale(glass, 0.2) : mix(scale(table, 1.3), [0.8, 0.8, 0.8], 0.6);

  const polar = (x: number, y: number) => {
    const [dx, dy] = [(x - centre[0]) / radius, (y - centre[1]) / radius];
    return { r: Math.hypot(dx, dy), angle: Math.atan2(dy, dx) };
  };
  const surface: Surface = (x, y) => {
    const { r, angle } = polar(x, y);
    const facing = Math.cos(angle - towardsLight);
    if (r > 1) return scale(table, 1 - (0.25 - 0.2 * facing) * Math.exp(-(r - 1) / 0.12)); // its shadow falls away from the light
    if (r > LIP) return scale(glass, 0.75 + 0.3 * facing);
    if (r > GROOVE) {
      const crest = Math.sin((Math.PI * (r - GROOVE)) / (LIP - GROOVE));
      return scale(lip, 0.8 + 0.2 * crest + 0.2 * crest * smoothstep(0.6, 1, facing));
    }
    if (r > MOUTH) return wall;
    return mix(
      floor,
      wall,
      smoothstep(0.1, MOUTH, Math.hypot(r * Math.cos(angle - towardsLight) - 0.1, r * Math.sin(angle - towardsLight))),
    );
  };

  const onRing = (angle: number, r: number) =>
    [centre[0] + radius * r * Math.cos(angle), centre[1] + radius * r * Math.sin(angle)] as const;

  /** A piece broken out of lip and shoulder: the edge is ragged, and splintered glass shows. */
  const broken = (least: number, most: number) => (flawRng: Rng) => {
    const arc = between(flawRng, least, most);
    const noise = createNoise2D(flawRng.uniform);
    const middle = between(flawRng, -Math.PI, Math.PI);
    const inner = between(flawRng, GROOVE - 0.06, GROOVE + 0.04);
    const outer = between(flawRng, 0.92, 1);
    return (x: number, y: number) => {
      const { r, angle } = polar(x, y);
      const away = Math.abs(Math.atan2(Math.sin(angle - middle), Math.cos(angle - middle)));
      const ragged = 0.12 * noise((6 * x) / radius, (6 * y) / radius);
      if (away > arc / 2 + ragged || r < inner + ragged / 3 || r > outer) return undefined;
      const splinter = noise(20 + (3 * x) / radius, (3 * y) / radius);
      return { colour: splinter > -0.3 ? mix(foreign, glass, 0.12 - 0.12 * splinter) : mix(wall, foreign, 0.5), marked: true };
    };
  };
  /** Something that fell in. */
  const contamination = (flawRng: Rng) => {
    const place = onRing(between(flawRng, 0, 2 * Math.PI), between(flawRng, 0, 0.3));
    const colour = mix(foreign, floor, between(flawRng, 0, 0.2));
    const depth = blob(flawRng, place, radius * between(flawRng, 0.16, 0.26));
    return (x: number, y: number) => (depth(x, y) > 0 ? { colour, marked: true } : undefined);
  };
  /** A line across the rings. */
  const scratch = (flawRng: Rng) => {
    const place = onRing(between(flawRng, 0, 2 * Math.PI), between(flawRng, 0.5, 0.85));
    const depth = curve(flawRng, place, radius * between(flawRng, 0.6, 1), between(flawRng, 0.045, 0.06));
    return (x: number, y: number) =>
      depth(x, y) > 0 && polar(x, y).r < 1 ? { colour: mix(surface(x, y), foreign, 0.9), marked: true } : undefined;
  };
  return {
    surface,
    light: sideLight(rng),
    flaws: { broken_large: broken(0.9, 1.4), broken_small: broken(0.45, 0.7), contamination, scratch },
  };
}
