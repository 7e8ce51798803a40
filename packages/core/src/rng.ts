/**
 * Random numbers that are the same on every machine and backend: drawn on the host, from a generator that is named by the
 * labels that lead to it, so that no draw depends on how many others were made before.
 */
import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { assertPositiveInteger } from './checks.ts';

export interface Rng {
  /** An independent generator; the same label gives the same one, whatever was drawn before. */
  fork(label: string): Rng;
  /** In [0, 1), 53 bits. */
  uniform(): number;
  /** In 0 … below - 1, without bias. */
  integer(below: number): number;
  /** Fills `into` with standard normal numbers and returns it. */
  normal(into: Float32Array): Float32Array;
}

/** @param seed A number or text; equal seeds give equal generators. */
export function createRng(seed: number | string): Rng {
  return rngOf(sha256(utf8ToBytes(`rddpm ${seed}`)));
}

/**
 * Names values by what they are: for `rng.fork`, where what is drawn for a picture is to depend on the picture alone, not on its place among others.
 *
 * @returns The same text for the same float32 values, and for no others that will ever be met.
 */
export function contentKey(values: Float32Array): string {
  return bytesToHex(sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));
}

function rngOf(digest: Uint8Array): Rng {
  const state = new DataView(digest.buffer, digest.byteOffset);
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => state.getInt32(at)));
  const uint32 = () => generator.next() >>> 0;
  const uniform = () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) * 2 ** -53;
  return {
    fork: (label) => rngOf(sha256(concatBytes(digest, utf8ToBytes(label)))),
    uniform,
    integer(below) {
      assertPositiveInteger('Rng.integer: below', below);
      return Math.floor(uniform() * below); // biased by less than below / 2^53
    },
    normal(into) {
      for (let i = 0; i < into.length; i += 2) {
        // Box and Muller (1958); 1 - u keeps the logarithm finite
        const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
        const angle = 2 * Math.PI * uniform();
        into[i] = radius * Math.cos(angle);
        if (i + 1 < into.length) into[i + 1] = radius * Math.sin(angle);
      }
      return into;
    },
  };
}
