import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const withPnpm = fileURLToPath(new URL('with-pnpm.mjs', import.meta.url));

/** Builds every public package and packs it into `folder` as it would be published. @returns The tarballs' names. */
export function pack(folder) {
  pnpm('exec', 'turbo', 'run', 'build:packages', '--output-logs=errors-only');
  pnpm('pack', '--recursive', '--filter=./packages/*', '--filter=!@rddpm/conformance', '--pack-destination', folder);
  return readdirSync(folder);
}

/** What pnpm says is shown only if it fails: packing names every file. */
function pnpm(...args) {
  const { status, stderr } = spawnSync(process.execPath, [withPnpm, ...args], { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' });
  if (status === 0) return;
  console.error(stderr);
  throw new Error(`pnpm ${args[0]} failed`);
}
