import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A test file says in its name what it needs, as in `huber.host.test.ts`: the projects of vitest.config.ts choose by that. */
export const NEEDS = {
  host: 'nothing but Node: functions of host arrays, checks of options, whole commands, and what plain JavaScript shows of tensors as well',
  tensor: 'compile: what a backend that traces a function could break; in plain JavaScript and on ONNX Runtime',
  device: 'a backend to compare with plain JavaScript; on all others, in Node and in Chromium',
  tensorflow: 'tfjs-node',
  dawn: 'WebGPU in Node',
  webgpu: "WebGPU in Chromium: our own kernels, and a device's failures",
  browser: 'a Chromium that Node drives',
  python: 'diffusers and PyTorch',
  long: 'minutes: faults and load',
} as const;

export type Need = keyof typeof NEEDS;

/** Globs of test files. */
export const testsThatNeed = (...needs: readonly Need[]): string[] =>
  needs.map((need) => `{packages,examples}/*/test/**/*.${need}.test.ts`);

/** @throws {Error} for a test file whose name says no need: no project would run it. */
export function assertEveryTestHasANeed(): void {
  for (const folder of ['packages', 'examples']) {
    const root = fileURLToPath(new URL(`../${folder}`, import.meta.url));
    for (const name of readdirSync(root)) {
      const tests = join(root, name, 'test');
      const files = existsSync(tests) ? readdirSync(tests, { recursive: true, encoding: 'utf8' }) : [];
      const lost = files.find((file) => file.endsWith('.test.ts') && !(file.split('.').at(-3)! in NEEDS));
      if (lost) throw new Error(`${join(tests, lost)} must say what it needs: .${Object.keys(NEEDS).join('.test.ts, .')}.test.ts`);
    }
  }
}
