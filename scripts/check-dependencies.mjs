// Who may import whom. Biome's noUndeclaredDependencies keeps every src/ to what its package.json lists; this keeps the lists to this table.
import { readdirSync, readFileSync } from 'node:fs';

const EVERYTHING = ['everything published'];

const MAY_IMPORT = {
  core: [],
  metrics: [],
  'tfjs-onnx': [],
  losses: ['core'],
  scheduler: ['core'],
  unet: ['core'],
  maps: ['core'],
  mvtec: ['core'],
  report: ['metrics'],
  trainer: ['core', 'maps', 'scheduler'],
  detector: ['core', 'maps', 'scheduler'],
  diffusers: ['core', 'scheduler', 'unet'],
  diffusion: ['core', 'maps', 'losses', 'scheduler', 'unet', 'trainer', 'detector', 'diffusers'],
  backend: ['core', 'tfjs-onnx'],
  cli: EVERYTHING,
  conformance: EVERYTHING,
};

/** Tests get their backend from the root vitest config, so that each runs on all of them. */
const NOT_EVEN_FOR_TESTS = ['@rddpm/backend', '@rddpm/cli'];

const problems = readdirSync(new URL('../packages', import.meta.url)).flatMap(check);
for (const problem of problems) console.error(problem);
console.log(`who may import whom: ${problems.length === 0 ? 'as agreed' : `${problems.length} wrong`}`);
process.exitCode = problems.length === 0 ? 0 : 1;

function check(name) {
  const file = `packages/${name}/package.json`;
  const manifest = JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));
  return ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}).flatMap((other) => {
      const why = kind === 'devDependencies' ? objectionForTests(other) : objection(name, kind, other);
      return why ? [`${file}: ${kind} has ${other}: ${why}`] : [];
    }),
  );
}

function objection(name, kind, other) {
  const allowed = MAY_IMPORT[name];
  if (!allowed) return `there is no row for ${name} in scripts/check-dependencies.mjs`;
  if (other.startsWith('@rddpm/')) {
    const fine = allowed === EVERYTHING ? other !== '@rddpm/conformance' : allowed.includes(other.slice('@rddpm/'.length));
    return fine ? undefined : `${name} may import ${allowed.join(', ') || 'no other package of ours'}; let the caller pass what it needs`;
  }
  if (other === '@tensorflow/tfjs-core') {
    return allowed !== EVERYTHING && kind === 'dependencies' ? 'make it a peer dependency, for two copies are two engines' : undefined;
  }
  if (other.startsWith('@tensorflow/tfjs') && name !== 'backend')
    return 'only backend brings backends; ops come from @tensorflow/tfjs-core';
}

function objectionForTests(other) {
  return NOT_EVEN_FOR_TESTS.includes(other) ? 'not even for tests, which get their backend from @rddpm/conformance' : undefined;
}
