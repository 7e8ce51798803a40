// Who may import whom. Biome's noUndeclaredDependencies keeps every src/ to what its package.json lists; this keeps the lists to this table,
// and imports from going round in circles, those of types included.
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';

const EVERYTHING = ['everything published'];

const MAY_IMPORT = {
  core: [],
  metrics: [],
  'tfjs-onnx': [],
  losses: ['core'],
  scheduler: ['core'],
  unet: ['core'],
  maps: ['core'],
  features: ['core'],
  'features-lite0': ['core', 'features'],
  data: ['core'],
  mvtec: ['core', 'data'],
  report: ['core', 'metrics'],
  study: ['core', 'data', 'maps', 'metrics', 'report'],
  trainer: ['core', 'maps', 'scheduler'],
  detector: ['core', 'maps', 'scheduler'],
  diffusers: ['core', 'scheduler', 'unet'],
  baselines: ['core', 'maps', 'features'],
  diffusion: ['core', 'maps', 'losses', 'scheduler', 'unet', 'trainer', 'detector', 'diffusers'],
  backend: ['core', 'tfjs-onnx'],
  cli: EVERYTHING,
  conformance: EVERYTHING,
};

/** Tests get their backend from the root vitest config, so that each runs on all of them. */
const NOT_EVEN_FOR_TESTS = ['@rddpm/backend', '@rddpm/cli'];

/** Packages whose folders import in one direction, too: each may import those before it. */
const FOLDERS = { metrics: ['counting', 'ranking', 'regions', 'threshold', 'images', 'inference', 'streaming'] };

const problems = readdirSync(new URL('../packages', import.meta.url)).flatMap((name) => [...check(name), ...checkCircles(name)]);
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

function checkCircles(name) {
  const imports = importsWithin(new URL(`../packages/${name}/src/`, import.meta.url));
  const order = FOLDERS[name];
  const folders = order ? betweenFolders(imports) : new Map();
  const upwards = [...folders].flatMap(([folder, others]) =>
    [...others]
      .filter((other) => order.includes(folder) && order.indexOf(other) > order.indexOf(folder))
      .map((other) => `packages/${name}/src/${folder} imports from ${other}, which is above it: ${order.join(' < ')}`),
  );
  const circle = circleOf(imports) ?? circleOf(folders);
  if (!circle) return upwards;
  return [
    ...upwards,
    `packages/${name}/src imports in a circle: ${circle.join(' -> ')}; move what two of them need to where both may look`,
  ];
}

/** Of each file of the folder, which others it imports: statically or not, types or values. */
function importsWithin(folder) {
  const files = readdirSync(folder, { recursive: true }).map((file) => file.replaceAll('\\', '/'));
  return new Map(
    files
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => {
        const { importedFiles } = ts.preProcessFile(readFileSync(new URL(file, folder), 'utf8'), true, true);
        const relative = importedFiles.filter(({ fileName }) => fileName.startsWith('.'));
        return [file, new Set(relative.map(({ fileName }) => posix.join(posix.dirname(file), fileName)))];
      }),
  );
}

/** A file in no folder stands for itself. */
function betweenFolders(imports) {
  const folderOf = (file) => file.split('/')[0];
  const folders = new Map();
  for (const [file, others] of imports) {
    const folder = folderOf(file);
    const among = [...others].map(folderOf).filter((other) => other !== folder);
    folders.set(folder, new Set([...(folders.get(folder) ?? []), ...among]));
  }
  return folders;
}

/** One circle if there are any, as the path that leads back to its start: one wrong import may close many, so the shortest that was met. */
function circleOf(imports) {
  const circles = [];
  const seen = new Set();
  const follow = (node, path) => {
    if (path.includes(node)) circles.push([...path.slice(path.indexOf(node)), node]);
    if (seen.has(node)) return;
    seen.add(node);
    for (const other of imports.get(node) ?? []) follow(other, [...path, node]);
  };
  for (const node of imports.keys()) follow(node, []);
  return circles.sort((a, b) => a.length - b.length)[0];
}
