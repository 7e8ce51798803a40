// Runs pnpm, which npx brings in the version that package.json names: nothing but Node and the npm registry has to be there.
// Without arguments it brings a fresh clone to where everything runs: install, then build.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { packageManager } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

if (process.argv.length > 2) {
  pnpm(...process.argv.slice(2));
} else {
  pnpm('install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only');
  pnpm('exec', 'turbo', 'run', 'build:packages', '--output-logs=errors-only'); // turbo looks for pnpm on the path
}

function pnpm(...args) {
  console.error(`> pnpm ${args.join(' ')}`);
  const { status, error } = spawnSync('npx', ['--yes', packageManager, ...args], {
    stdio: ['ignore', 2, 2], // stdout belongs to the command that comes next
    shell: process.platform === 'win32',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
