import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A test file says in its name what it needs, as in `huber.host.test.ts`: the projects of vitest.config.ts choose by that. CONTRIBUTING.md says what each means. */
const NEEDS = ['host', 'tensor', 'device', 'tensorflow', 'dawn', 'webgpu', 'browser', 'python', 'long'] as const;

export type Need = (typeof NEEDS)[number];

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
      const lost = files.find((file) => file.endsWith('.test.ts') && !NEEDS.includes(file.split('.').at(-3) as Need));
      if (lost) throw new Error(`${join(tests, lost)} must say what it needs: .${NEEDS.join('.test.ts, .')}.test.ts`);
    }
  }
}
