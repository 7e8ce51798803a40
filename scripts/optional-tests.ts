/**
 * Some tests need more than Node and npm. Where that is missing they are skipped, with the reason – unless the environment variable
 * RDDPM_REQUIRE names it, as in `RDDPM_REQUIRE=tensorflow,chromium`: then they fail.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const OPTIONAL = ['tensorflow', 'chromium'] as const;

export type Optional = (typeof OPTIONAL)[number];

export function isRequired(what: Optional): boolean {
  const required = (process.env.RDDPM_REQUIRE ?? '').split(',').filter(Boolean);
  const unknown = required.find((name) => !(OPTIONAL as readonly string[]).includes(name));
  if (unknown) throw new Error(`RDDPM_REQUIRE names '${unknown}'; it may name ${OPTIONAL.join(', ')}`);
  return required.includes(what);
}

/** Why tests can't run on TensorFlow here; undefined where they can. */
export function tensorflowObstacle(): string | undefined {
  if (Number.parseInt(process.versions.node, 10) > 22) return `tfjs-node works on Node 20 and 22; this is Node ${process.versions.node}`;
  const fromBackend = createRequire(new URL('../packages/backend/package.json', import.meta.url));
  const addon = join(dirname(fromBackend.resolve('@tensorflow/tfjs-node/package.json')), 'lib/napi-v8/tfjs_binding.node');
  return existsSync(addon) ? undefined : "tfjs-node's native addon is not built; 'npm run tensorflow' builds it";
}
