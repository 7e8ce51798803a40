import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBackend as createCpuBackend } from '@rddpm/backend/cpu';
import { build } from 'esbuild';
import { type Browser, chromium, type Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { launchOptions } from '../../../scripts/optional-tests.ts';
import type { Page } from './browser/page.ts';
import { stepArguments, trainingStep, values } from './browser/training-step.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // a browser, on machines that may be busy

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
const TYPES: Readonly<Record<string, string>> = { js: 'text/javascript', mjs: 'text/javascript', wasm: 'application/wasm' };

describe('in a browser', () => {
  let bundle: string;
  let browser: Browser;
  const servers: Server[] = [];

  beforeAll(async () => {
    bundle = mkdtempSync(join(tmpdir(), 'rddpm-page-'));
    await build({
      entryPoints: [fileURLToPath(new URL('browser/page.ts', import.meta.url))],
      conditions: ['@rddpm/source', 'module'],
      platform: 'browser', // fails if it meets a Node built-in
      bundle: true,
      splitting: true,
      format: 'esm',
      outdir: bundle,
      logLevel: 'error',
    });
    browser = await chromium.launch(launchOptions({ webgpu: true }));
  });

  afterAll(async () => {
    await browser?.close();
    for (const server of servers) server.close();
    if (bundle) rmSync(bundle, { recursive: true });
  });

  /** The page in a new tab, cross-origin isolated or not: only the former may have threads. */
  async function open(headers: Record<string, string>): Promise<Tab> {
    const wasm = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm')));
    const server = createServer(({ url = '/' }, response) => {
      const name = basename(url);
      const file = [join(bundle, name), join(wasm, name)].find((path) => name && existsSync(path));
      response.writeHead(200, { 'Content-Type': TYPES[name.split('.').at(-1)!] ?? 'text/html', ...headers });
      response.end(file ? readFileSync(file) : '<!doctype html><script type="module" src="page.js"></script>');
    });
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return tab;
  }

  const call = <Name extends keyof Page>(tab: Tab, name: Name, ...args: Parameters<Page[Name]>) =>
    tab.evaluate(
      ([name, args]) => (globalThis as unknown as { page: Record<string, (...args: unknown[]) => unknown> }).page[name]!(...args),
      [name, args] as const,
    ) as ReturnType<Page[Name]>;

  async function expectTrained(result: Record<string, number[]>): Promise<void> {
    await createCpuBackend();
    const expected = await values(trainingStep(stepArguments()));
    expect(Object.keys(result)).toEqual(Object.keys(expected));
    for (const [name, numbers] of Object.entries(expected)) {
      expect(result[name]).toHaveLength(numbers.length);
      numbers.forEach((number, i) => {
        expect(result[name]![i]).toBeCloseTo(number, 5); // float32 sums of 18 products, in another order
      });
    }
  }

  test('onnx trains on threads of WebAssembly in a page that may have them', async () => {
    const tab = await open(ISOLATION);
    const { device, result } = await call(tab, 'onBackend', { threads: 2 });
    expect(device).toMatch(/^CPU, 2 threads \(ONNX Runtime Web \d+\.\d+\.\d+\)$/);
    await expectTrained(result);
  });

  test('onnx trains on one thread elsewhere, and refuses more', async () => {
    const tab = await open({});
    await expect(call(tab, 'onBackend', { threads: 2 })).rejects.toThrow(
      /threads is 2, but a page has 1 unless it is cross-origin isolated/,
    );
    const { device, result } = await call(tab, 'onBackend', {});
    expect(device).toMatch(/^CPU, 1 thread /);
    await expectTrained(result);
  });

  test('onnx trains on WebGPU', async () => {
    const tab = await open({});
    const { device, result } = await call(tab, 'onBackend', { executionProviders: ['webgpu'] });
    expect(device).toMatch(/^WebGPU \(ONNX Runtime Web /);
    await expectTrained(result);
  });

  test('auto takes onnx', async () => {
    expect(await call(await open({}), 'onAuto')).toMatchObject({ name: 'onnx' });
  });

  test('tensorflow says that it needs Node', async () => {
    await expect(call(await open({}), 'onTensorflow')).rejects.toThrow(
      /BackendError: backend\/tensorflow: TensorFlow is a native library, which runs on Node only/,
    );
  });

  test('tfjs-onnx compiles for onnxruntime-web as it is imported', async () => {
    await expectTrained(await call(await open({}), 'onRuntime'));
  });
});
