import type { Rng } from '@rddpm/core';
import { createNoise2D } from 'simplex-noise';
import { hsv, mix, scale } from './colour.ts';
import { between, type Scene, type Surface, sideLight, smoothstep } from './scene.ts';
import { blob, curve } from './shapes.ts';

const WIRE = 0.19; // half a wire's width, in meshes

/** A wire mesh before a plain ground, seen at a slant. Turn, slant, mesh, metal, ground and light vary. */
export function grid(rng: Rng): Scene {
  const angle = Math.PI / 4 + between(rng, -0.2, 0.2);
  const meshes = between(rng, 4, 4.8); // across the frame
  const phase = [rng.uniform(), rng.uniform()] as const;
  const slant = [between(rng, -0.15, 0.15), between(rng, -0.15, 0.15)] as const;
  const exposure = between(rng, 0.4, 1.15);
  const tint = rng.uniform();
  const saturation = between(rng, 0, 0.35);
  const metal = hsv(tint, saturation, exposure * between(rng, 0.65, 0.75));
  const ground = hsv(tint + between(rng, -0.1, 0.1), saturation, exposure * between(rng, 0.4, 0.5));
  // What is foreign here is dark in a bright picture and bright in a dark one.
  const foreign = exposure > 0.75 ? scale(ground, 0.3) : mix(metal, [0.8, 0.8, 0.8], 0.6);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];

  /** Mesh coordinates: wires of the first family lie where p is whole, of the second where q is. */
  const project = (x: number, y: number) => {
    const [dx, dy] = [x - 0.5, y - 0.5];
    const near = meshes / (1 + slant[0] * dx + slant[1] * dy);
    return { p: near * (cos * dx + sin * dy) + phase[0], q: near * (cos * dy - sin * dx) + phase[1] };
  };
  const profile = (coordinate: number) => 1 - Math.abs(coordinate - Math.round(coordinate)) / WIRE; // 1 on a wire's axis, 0 at its edge
  const wire = (depth: number) => scale(metal, 0.75 + 0.25 * Math.sqrt(depth));
  const woven = (p: number, q: number) => {
    const [first, second] = [Math.max(0, profile(p)), Math.max(0, profile(q))];
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
          const moved = surface(x - amount * Math.cos(direction), y - amount * Math.sin(direction));
          const glint = moved === ground ? 0 : 0.75 * smoothstep(0.015, 0.05, amount); // out of the plane they reflect another light
          return { colour: mix(moved, foreign, glint), marked: amount > 0.025 && (moved !== ground || surface(x, y) !== ground) };
        };
      },
      /** Wires and ground torn open. */
      broken(flawRng) {
        const { p, q } = project(...somewhere(flawRng));
        const [missing, middle] = [Math.round(p), q];
        const half = between(flawRng, 0.7, 1.2);
        const fray = createNoise2D(flawRng.uniform);
        return (x, y) => {
          const at = project(x, y);
          const ragged = 0.15 * fray(1.5 * at.p, 1.5 * at.q);
          if (Math.abs(at.p - missing) > 0.45 + ragged || Math.abs(at.q - middle) > half + ragged) return undefined;
          return { colour: mix(foreign, ground, 0.15), marked: true };
        };
      },
      /** A drop of glue over wires and meshes. */
      glue(flawRng) {
        const depth = blob(flawRng, somewhere(flawRng), between(flawRng, 0.1, 0.16));
        return (x, y) => (depth(x, y) > 0 ? { colour: mix(surface(x, y), foreign, 0.8), marked: true } : undefined);
      },
      /** A thread caught in the mesh. */
      thread(flawRng) {
        const depth = curve(flawRng, somewhere(flawRng), between(flawRng, 0.4, 0.65), between(flawRng, 0.06, 0.075));
        return (x, y) => {
          const inside = depth(x, y);
          return inside > 0 ? { colour: mix(ground, foreign, 0.7 + 0.3 * inside), marked: true } : undefined;
        };
      },
    },
  };
}
