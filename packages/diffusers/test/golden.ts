import type { FileReader } from '@rddpm/core/contracts';
import json from './goldens/pipeline.json' with { type: 'json' };

/** Made by scripts/goldens/pipeline.py. */
export const golden: {
  library: string;
  /** The folder that diffusers wrote, as base64. */
  files: Readonly<Record<string, string>>;
  prediction: { t: number[]; output: number[] };
  /** DDIM from `waves(1.5)`. */
  chain: { timesteps: number[]; output: number[] };
} = json;

export const SHAPE: [number, number, number, number] = [2, 8, 8, 3];

/** The inputs of the golden's network. */
export function waves(bound: number): Float32Array {
  return Float32Array.from({ length: 2 * 8 * 8 * 3 }, (_, k) => bound * Math.sin(1 + k));
}

export const bytesOf = (path: string): Uint8Array => Uint8Array.from(atob(golden.files[path]!), (character) => character.charCodeAt(0));

export const textOf = (path: string): string => new TextDecoder().decode(bytesOf(path));

/** The golden's folder in memory, with some of its files replaced, or removed. */
export function folderOf(changes: Readonly<Record<string, string | Uint8Array | undefined>> = {}): FileReader {
  return {
    name: 'model',
    async open(path) {
      const content = path in changes ? changes[path] : path in golden.files ? bytesOf(path) : undefined;
      if (content === undefined) return undefined;
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      return { size: bytes.length, read: async (begin, end) => bytes.slice(begin, end) };
    },
  };
}
