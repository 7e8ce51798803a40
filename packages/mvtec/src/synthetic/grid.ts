import type { Rng } from '@rddpm/core';
import { contrasting, hsv, mix, scale } from './colour.ts';
import { between, type Scene, type Surface, sideLight } from './scene.ts';
import { blob, curve } from './shapes.ts';

const WIRE = 0.17; // half a wire's width, in meshes

/** A wire mesh before a plain ground, seen at a slant. Turn, slant, mesh, metal, ground and light vary. */
export function grid(rng: Rng): Scene {
  const angle = Math.PI / 4 + between(rng, -0.2, 0.2);
  const meshes = between(rng, 4, 4.8); // across the frame
  const phase = [rng.uniform(), rng.uniform()] as const;
  const slant = [between(rng, -0.15, 0.15), between(rng, -0.15, 0.15)] as const;
  const metal = hsv(rng.uniform(), between(rng, 0, 0.25), between(rng, 0.55, 0.8));
  const ground = hsv(rng.uniform(), between(rng, 0, 0.4), between(rng, 0.12, 0.4));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];

  /** Mesh coordinates: wires of the first family lie where p is whole, of the second where q is. */
  const project = (x: number, y: number) => {
    const [dx, dy] = [x - 0.5, y - 0.5];
    const near = meshes / (1 + slant[0] * dx + slant[1] * dy);
    return { p: near * (cos * dx + sin * dy) + phase[0], q: near * (cos * dy - sin * dx) + phase[1] };
  };
  const profile = (coordinate: number) => 1 - Math.abs(coordinate - Math.round(coordinate)) / WIRE; // 1 on a wire's axis, 0 at its edge
  const wire = (depth: number) => scale(metal, 0.6 + 0.4 * Math.sqrt(depth));
  /** `gap` leaves a piece of a wire out. */
  const woven = (p: number, q: number, gap?: (p: number, q: number) => boolean) => {
    const first = profile(p) > 0 && !gap?.(p, q) ? profile(p) : 0;
    const second = Math.max(0, profile(q));
    const over = (Math.round(p) + Math.round(q)) % 2 === 0; // which family is on top alternates from crossing to crossing
    const top = over ? first || second : second || first;
    return top > 0 ? wire(top) : ground;
  };
  const surface: Surface = (x, y) => {
    const { p, q } = project(x, y);
    return woven(p, q);
  };
  const somewhere = (flawRng: Rng) => [between(flawRng, 0.22, 0.78), between(flawRng, 0.22, 0.78)] as const;

  return {
    surface,
    light: sideLight(rng),
    flaws: {
      /** Wires pushed aside; marked where they should be, and where they are. */
      bent(flawRng) {
        const [cx, cy] = somewhere(flawRng);
        const reach = between(flawRng, 0.09, 0.12);
        const push = between(flawRng, 0.09, 0.12);
        const direction = between(flawRng, 0, 2 * Math.PI);
        return (x, y) => {
          const amount = push * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * reach ** 2));
          if (amount < 0.01) return undefined;
          const colour = surface(x - amount * Math.cos(direction), y - amount * Math.sin(direction));
          return { colour, marked: amount > 0.025 && (colour !== ground || surface(x, y) !== ground) };
        };
      },
      /** A piece of one wire is missing. */
      broken(flawRng) {
        const { p, q } = project(...somewhere(flawRng));
        const [missing, middle] = [Math.round(p), q];
        const half = between(flawRng, 0.7, 1.2);
        const gap = (atP: number, atQ: number) => Math.round(atP) === missing && Math.abs(atQ - middle) < half;
        return (x, y) => {
          const at = project(x, y);
          if (!gap(at.p, at.q) || profile(at.p) <= 0) return undefined;
          return { colour: woven(at.p, at.q, gap), marked: true };
        };
      },
      /** A drop of glue over wires and meshes. */
      glue(flawRng) {
        const depth = blob(flawRng, somewhere(flawRng), between(flawRng, 0.1, 0.16));
        const colour = flawRng.uniform() < 0.5 ? scale(ground, 0.35) : mix(metal, [1, 1, 1], 0.4);
        return (x, y) => (depth(x, y) > 0 ? { colour: mix(surface(x, y), colour, 0.8), marked: true } : undefined);
      },
      /** A thread caught in the mesh. */
      thread(flawRng) {
        const depth = curve(flawRng, somewhere(flawRng), between(flawRng, 0.4, 0.65), between(flawRng, 0.06, 0.075));
        const colour = contrasting(flawRng, [mix(metal, [1, 1, 1], 0.6), scale(ground, 0.2)], metal, 0.15);
        return (x, y) => {
          const inside = depth(x, y);
          return inside > 0 ? { colour: scale(colour, 0.75 + 0.25 * inside), marked: true } : undefined;
        };
      },
    },
  };
}
