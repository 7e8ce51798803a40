/** ONNX Runtime's telemetry stays off, seen from outside: a process with a home of its own, and without CI, which silences it, too. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, expect, onTestFinished, test } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url)); // where the script's imports resolve
let script: string;

beforeAll(async () => {
  const contents = `
    import { createBackend } from './src/onnx.ts';
    import { tensor1d } from '@tensorflow/tfjs';
    createBackend({ threads: 1 })
      .then(({ compile }) => compile((x) => x.mul(2))(tensor1d([1, 2])))
      .then(async (doubled) => console.log([...(await doubled.data())].join()));`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    conditions: ['@rddpm/source'],
    external: ['@tensorflow/*', 'onnxruntime-node'],
    platform: 'node',
    format: 'cjs',
    bundle: true,
    write: false,
    logLevel: 'error',
  });
  script = outputFiles[0]!.text;
});

/** What a script prints, and the names of the files that it leaves in its home. */
function runAtHome(input: string, environment: Readonly<Record<string, string>> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'rddpm-home-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const env = { PATH: process.env.PATH, HOME: home, USERPROFILE: home, ...environment };
  const { stdout, stderr } = spawnSync(process.execPath, ['-'], { cwd: folder, env, input, encoding: 'utf8' });
  const left = readdirSync(home, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? entry.name : []));
  return { stdout, stderr, left };
}

const inWorker = () => `new (require('node:worker_threads').Worker)(${JSON.stringify(script)}, { eval: true });`;

test('the backend onnx leaves no identifier and no database behind', () => {
  expect(runAtHome(script)).toEqual({ stdout: '2,4\n', stderr: '', left: [] });
});

test('in a worker thread, where it is not in its power, it says what to set', () => {
  const { stdout, stderr, left } = runAtHome(inWorker());
  expect(stdout).toBe('2,4\n');
  expect(stderr).toMatch(/ONNX Runtime's telemetry can't be switched off from a worker thread; set ORT_DISABLE_TELEMETRY=1/);
  if (process.platform === 'linux') expect(left).toContain('deviceid'); // so that the other expectations can fail
  const optedOut = { stdout, stderr: '', left: [] };
  expect(runAtHome(inWorker(), { ORT_DISABLE_TELEMETRY: '1' })).toEqual(optedOut);
  expect(runAtHome(`process.env.ORT_DISABLE_TELEMETRY = '1'; ${inWorker()}`)).toEqual(optedOut);
});
