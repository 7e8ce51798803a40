import type { Rng } from '@rddpm/core';
import { createNoise2D } from 'simplex-noise';
import { contrasting, hsv, mix, scale } from './colour.ts';
import { between, type Scene, type Surface, sideLight, smoothstep } from './scene.ts';
import { blob, curve } from './shapes.ts';

/** A woven carpet that fills the frame. Its threads wander and differ in shade; direction, gauge, dye and light vary. */
export function carpet(rng: Rng): Scene {
  const noise = createNoise2D(rng.uniform);
  const angle = between(rng, -0.2, 0.2);
  const gauge = between(rng, 7, 8.5); // threads across the frame
  const phase = [between(rng, 0, 2), between(rng, 0, 2)] as const;
  const hue = rng.uniform();
  const saturation = between(rng, 0.05, 0.5);
  const value = between(rng, 0.2, 0.9);
  const warp = hsv(hue, saturation, value);
  const weft = hsv(hue + between(rng, -0.05, 0.05), saturation, value * between(rng, 0.78, 0.92));
  const pale = value > 0.55;
  const backing = hsv(hue + between(rng, -0.15, 0.15), 0.3, pale ? value * between(rng, 0.3, 0.5) : value + between(rng, 0.3, 0.4));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];

  const surface: Surface = (x, y) => {
    const p = gauge * (cos * x + sin * y) + phase[0] + 0.25 * noise(2 * x, 2 * y);
    const q = gauge * (cos * y - sin * x) + phase[1] + 0.25 * noise(2 * x + 9, 2 * y);
    const over = (Math.floor(p) + Math.floor(q)) % 2 === 0;
    const [thread, across] = over ? [Math.floor(p), p - Math.floor(p)] : [Math.floor(q) + 99, q - Math.floor(q)];
    const shade = 1 + 0.08 * noise(7.3 * thread, 0.5); // each thread took the dye differently
    return scale(over ? warp : weft, shade * (0.78 + 0.26 * Math.sin(Math.PI * across)));
  };
  const somewhere = (flawRng: Rng) => [between(flawRng, 0.22, 0.78), between(flawRng, 0.22, 0.78)] as const;

  return {
    surface,
    light: sideLight(rng),
    flaws: {
      /** Pile torn out down to the backing; its edge is frayed. */
      hole(flawRng) {
        const fray = createNoise2D(flawRng.uniform);
        const depth = blob(flawRng, somewhere(flawRng), between(flawRng, 0.08, 0.13));
        return (x, y) => (depth(x, y) + 0.25 * fray(14 * x, 14 * y) > 0.1 ? { colour: backing, marked: true } : undefined);
      },
      /** Another dye, soaked in: the weave still shows. */
      stain(flawRng) {
        const depth = blob(flawRng, somewhere(flawRng), between(flawRng, 0.11, 0.17));
        const dye = contrasting(
          flawRng,
          [hsv(hue + 0.5, 0.6, value * 0.9), hsv(hue + 0.3, 0.7, value), pale ? scale(warp, 0.5) : scale(warp, 1.8)],
          warp,
        );
        return (x, y) => {
          const strength = 0.9 * smoothstep(-0.1, 0.35, depth(x, y));
          if (strength === 0) return undefined;
          const thread = surface(x, y);
          return { colour: mix(thread, scale(dye, thread[1] / warp[1]), strength), marked: strength >= 0.3 };
        };
      },
      /** A slit, its lips turned up. */
      cut(flawRng) {
        const depth = curve(flawRng, somewhere(flawRng), between(flawRng, 0.35, 0.55), between(flawRng, 0.075, 0.09), 0.06);
        return (x, y) => {
          const inside = depth(x, y);
          if (inside <= 0) return undefined;
          return { colour: inside > 0.25 ? backing : scale(warp, pale ? 1.2 : 1.5), marked: true };
        };
      },
      /** A loose thread on top, of the carpet's own colours, with its shadow. */
      thread(flawRng) {
        const place = somewhere(flawRng);
        const depth = curve(flawRng, place, between(flawRng, 0.4, 0.65), between(flawRng, 0.055, 0.07));
        const colour = contrasting(
          flawRng,
          [pale ? scale(weft, 0.4) : mix(warp, [1, 1, 1], 0.45), hsv(hue + 0.5, saturation, value), backing],
          warp,
        );
        return (x, y) => {
          const inside = depth(x, y);
          if (inside > 0) return { colour: scale(colour, 0.8 + 0.2 * inside), marked: true };
          return depth(x - 0.015, y - 0.02) > 0 ? { colour: scale(surface(x, y), 0.75), marked: false } : undefined;
        };
      },
    },
  };
}
