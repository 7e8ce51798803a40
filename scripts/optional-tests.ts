/**
 * Some tests need more than Node and npm. Where that is missing they are skipped, with the reason – unless the environment variable
 * RDDPM_REQUIRE names it, as in `RDDPM_REQUIRE=tensorflow,webgpu,chromium,diffusers`: then they fail.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedPython } from './python.mjs';

const OBSTACLES = { tensorflow, webgpu, chromium, diffusers } as const;

export type Optional = keyof typeof OBSTACLES;

/** Why tests that need it are to be skipped; undefined where they run, be it to fail. */
export function reasonToSkip(what: Optional): string | undefined {
  const required = (process.env.RDDPM_REQUIRE ?? '').split(',').filter(Boolean);
  const unknown = required.find((name) => !(name in OBSTACLES));
  if (unknown) throw new Error(`RDDPM_REQUIRE names '${unknown}'; it may name ${Object.keys(OBSTACLES).join(', ')}`);
  return required.includes(what) ? undefined : OBSTACLES[what]();
}

const CHROMIUM = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

const BROWSER_FLAGS = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

/** What to launch a browser for tests with: headless, and, if asked, with SwiftShader as its GPU. */
export const launchOptions = ({ webgpu }: { readonly webgpu: boolean }) => ({
  ...(CHROMIUM ? { executablePath: CHROMIUM } : {}),
  args: [...BROWSER_FLAGS, ...(webgpu ? ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'] : [])],
});

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** For WebGPU in Node: without a driver of one's own, SwiftShader, which comes with Debian's Chromium, plays the GPU. */
export const GPU_ENVIRONMENT: Readonly<Record<string, string>> =
  !process.env.VK_ICD_FILENAMES && !process.env.VK_DRIVER_FILES && existsSync(SWIFTSHADER) ? { VK_ICD_FILENAMES: SWIFTSHADER } : {};

function tensorflow(): string | undefined {
  if (Number.parseInt(process.versions.node, 10) > 22) return `tfjs-node works on Node 20 and 22; this is Node ${process.versions.node}`;
  const fromBackend = createRequire(new URL('../packages/backend/package.json', import.meta.url));
  const addon = join(dirname(fromBackend.resolve('@tensorflow/tfjs-node/package.json')), 'lib/napi-v8/tfjs_binding.node');
  return existsSync(addon) ? undefined : "tfjs-node's native addon is not built; 'npm run tensorflow' builds it";
}

/** In a process of its own: a driver may end the process that asks. */
function webgpu(): string | undefined {
  const ask = `const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    process.exit((await create([]).requestAdapter()) ? 0 : 3);`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', ask], {
    cwd: fileURLToPath(new URL('../packages/backend', import.meta.url)),
    env: { ...process.env, ...GPU_ENVIRONMENT },
    encoding: 'utf8',
  });
  if (status === 0) return undefined;
  const why = stderr.trim().split('\n')[0];
  return `no adapter: it takes a GPU's driver for Vulkan, or Debian's packages chromium and libvulkan1${why ? `; ${why}` : ''}`;
}

function diffusers(): string | undefined {
  return installedPython() ? undefined : "diffusers is not installed; 'npm run python' installs it";
}

function chromium(): string | undefined {
  return CHROMIUM ? undefined : 'no Chromium: install one, or name it in CHROMIUM';
}
