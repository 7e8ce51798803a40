/** What is said where TensorFlow is missing, or can't be used: packages as npm may leave them, in folders of their own. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { BackendError } from '@rddpm/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { start } from '../../src/tensorflow/node.ts';

const NODE = '20.20.2';
const require = createRequire(import.meta.url);

let project: string;
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'rddpm-tensorflow-')));
});
afterEach(() => rmSync(project, { recursive: true }));

/** What a module in the project's folder gets. */
function load(node = NODE, cpu = true) {
  const fromProject = createRequire(join(project, 'project.js'));
  const resolve = (name: string) => {
    const found = fromProject.resolve(name);
    if (found.startsWith(project)) return found;
    throw Object.assign(new Error(`${name} is outside the project`), { code: 'MODULE_NOT_FOUND' }); // NODE_PATH, which pnpm sets, leads there
  };
  return start({ cpu }, { node, require: Object.assign((name: string) => fromProject(name), { resolve }) as never });
}

/** The true package as it is when its install script did not run. */
function installWithoutAddon(): string {
  const installed = dirname(realpathSync(require.resolve('@tensorflow/tfjs-node/package.json')));
  const folder = join(project, 'node_modules/@tensorflow/tfjs-node');
  for (const part of ['dist', 'package.json']) cpSync(join(installed, part), join(folder, part), { recursive: true });
  const scope = dirname(installed);
  for (const dependency of readdirSync(scope)) link(join(scope, dependency), `@tensorflow/${dependency}`);
  for (const dependency of readdirSync(dirname(scope))) link(join(dirname(scope), dependency), dependency);
  link(dirname(require.resolve('@tensorflow/tfjs-core/package.json')), '@tensorflow/tfjs-core'); // required without being listed
  return folder;

  function link(target: string, name: string): void {
    if (!['@tensorflow', 'tfjs-node'].includes(basename(target))) symlinkSync(realpathSync(target), join(project, 'node_modules', name));
  }
}

/** A package that behaves as tfjs-node does once it's loaded; `changes` is JavaScript. */
function installLookalike(name: string, changes: string): void {
  const folder = join(project, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "main": "index.js" }');
  writeFileSync(
    join(folder, 'index.js'),
    `const tf = require(${JSON.stringify(require.resolve('@tensorflow/tfjs'))}); module.exports = { ...tf, ${changes} };`,
  );
}

function expectBackendError(load: () => unknown, message: RegExp): BackendError {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(BackendError);
    expect((error as BackendError).message).toMatch(message);
    return error as BackendError;
  }
  expect.fail('it loaded');
}

test('not installed: the message says what to type', () => {
  expectBackendError(
    load,
    /^backend\/tensorflow: TensorFlow is not installed; 'npm install @tensorflow\/tfjs-node-gpu' .*, 'npm install @tensorflow\/tfjs-node' /,
  );
});

test('where only a GPU will do, the package for CPUs is not even loaded', () => {
  installLookalike('@tensorflow/tfjs-node', '...(() => { throw new Error("loaded"); })()');
  expectBackendError(
    () => load(NODE, false),
    /^backend\/tensorflow: @tensorflow\/tfjs-node-gpu is not installed; 'npm install @tensorflow\/tfjs-node-gpu' brings it for NVIDIA GPUs$/,
  );
});

test('a Node that tfjs-node does not work on: the message says which it wants, and nothing is loaded', () => {
  installLookalike('@tensorflow/tfjs-node', 'broken: (() => { throw new Error("loaded"); })()');
  const message = /^backend\/tensorflow: tfjs-node works on Node 20 and 22; this is Node /;
  expectBackendError(() => load('24.21.0'), message);
  expectBackendError(() => load('23.0.0'), message);
  expectBackendError(() => load('22.9.0'), /loaded/);
});

test('the install script did not run: the message says so, and how to run it', () => {
  installWithoutAddon();
  const error = expectBackendError(
    load,
    /^backend\/tensorflow: @tensorflow\/tfjs-node lacks its native addon: .*; 'npm rebuild @tensorflow\/tfjs-node' runs/,
  );
  expect(`${error.cause}`).toContain('tfjs_binding.node');
});

test('an addon that cannot be loaded: the message says why', () => {
  const folder = join(installWithoutAddon(), 'lib/napi-v8');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tfjs_binding.node'), 'no library');
  const error = expectBackendError(load, /^backend\/tensorflow: @tensorflow\/tfjs-node can't be loaded: Error: .*tfjs_binding\.node/);
  expect(error.cause).toBeInstanceOf(Error);
});

test('made for another TensorFlow.js: the message says which version belongs here', () => {
  installLookalike('@tensorflow/tfjs-node', 'version_core: "4.10.0"');
  expectBackendError(load, /tfjs-node belongs to TensorFlow\.js 4\.10\.0, and here is (\S+); 'npm install @tensorflow\/tfjs-node@\1'/);
});

test('an engine of its own: its tensors would not be ours', () => {
  installLookalike('@tensorflow/tfjs-node', 'engine: () => ({})');
  expectBackendError(load, /tfjs-node has a TensorFlow\.js engine of its own/);
});

test('the package for GPUs is taken where both are installed', () => {
  installLookalike('@tensorflow/tfjs-node', 'version_core: "the one for CPUs"');
  installLookalike('@tensorflow/tfjs-node-gpu', 'findBackend: () => ({ isUsingGpuDevice: true, binding: { TF_Version: "2.9.1" } })');
  expect(load()).toMatchObject({ gpu: true, version: '2.9.1' });
});

test('the package for CPUs does not stand in for a broken one for GPUs', () => {
  installLookalike('@tensorflow/tfjs-node', 'findBackend: () => ({ isUsingGpuDevice: false, binding: { TF_Version: "2.9.1" } })');
  installLookalike('@tensorflow/tfjs-node-gpu', 'broken: (() => { throw new Error("no CUDA") })()');
  expectBackendError(load, /tfjs-node-gpu can't be loaded: Error: no CUDA/);
});
