import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration, type ViteUserConfig } from 'vitest/config';
import { cpuReference } from './scripts/cpu-reference-plugin.ts';
import { GPU_ENVIRONMENT, launchOptions, type Optional, reasonToSkip } from './scripts/optional-tests.ts';
import { assertEveryTestHasANeed, type Need, testsThatNeed } from './scripts/test-needs.ts';

assertEveryTestHasANeed();
process.env.ORT_DISABLE_TELEMETRY ??= '1'; // tests, too, import ONNX Runtime; their processes inherit it

// Tests run from sources: nothing has to be built first.
const source = { conditions: ['@rddpm/source', 'module', 'node', 'import', 'default'] };

const SLOW = 180_000; // milliseconds: browsers, emulated GPUs, whole programs

type Options = {
  readonly name: string;
  readonly needs: readonly Need[];
  readonly backend?: string;
  readonly testTimeout?: number;
  /** A process, or a page, for each file. @defaultValue false: loading TensorFlow.js anew for each takes longer than most tests */
  readonly isolate?: boolean;
};

const inNode = ({ name, needs, backend, testTimeout = 60_000, isolate = false }: Options): TestProjectConfiguration => ({
  resolve: source,
  ssr: { resolve: source },
  plugins: [cpuReference()],
  test: {
    name,
    include: testsThatNeed(...needs),
    env: { ...(backend && { RDDPM_TEST_BACKEND: backend }), ...GPU_ENVIRONMENT },
    testTimeout,
    hookTimeout: testTimeout,
    setupFiles: ['./scripts/property-seed.ts'],
    restoreMocks: true, // files share a process: a spy must not outlive its test
    isolate,
  },
});

const inChromium = ({ name, needs, backend, isolate = false }: Options): TestProjectConfiguration => ({
  resolve: { conditions: ['@rddpm/source', 'module', 'browser', 'import', 'default'] } satisfies ViteUserConfig['resolve'],
  optimizeDeps: { exclude: ['onnxruntime-web'] }, // it finds its WebAssembly beside itself
  plugins: [cpuReference()],
  test: {
    name: `${name}-browser`,
    include: testsThatNeed(...needs),
    env: { RDDPM_TEST_BACKEND: backend },
    testTimeout: SLOW,
    hookTimeout: SLOW,
    isolate,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: launchOptions({ webgpu: true }) }),
      instances: [{ browser: 'chromium', name }],
    },
  },
});

/** `long` is not part of `npm test`: what takes minutes and rarely breaks. */
const projects: { readonly wants?: Optional; readonly name: string; readonly project: TestProjectConfiguration }[] = [
  { name: 'node', project: inNode({ name: 'node', needs: ['host'] }) },
  { name: 'cpu', project: inNode({ name: 'cpu', needs: ['tensor'], backend: 'cpu' }) },
  { name: 'onnx', project: inNode({ name: 'onnx', needs: ['tensor', 'device'], backend: 'onnx' }) },
  {
    name: 'tensorflow',
    wants: 'tensorflow',
    project: inNode({ name: 'tensorflow', needs: ['device'], backend: 'tensorflow' }),
  },
  {
    name: 'how TensorFlow starts',
    wants: 'tensorflow',
    project: inNode({ name: 'tensorflow-alone', needs: ['tensorflow'], isolate: true }), // it starts once in a process, for good
  },
  { name: 'webgpu in Node', wants: 'webgpu', project: inNode({ name: 'webgpu', needs: ['dawn'], backend: 'webgpu', testTimeout: SLOW }) },
  {
    name: 'webgpu in Chromium',
    wants: 'chromium',
    project: inChromium({ name: 'webgpu-chromium', needs: ['device'], backend: 'webgpu' }),
  },
  {
    name: "WebGPU's kernels and failures",
    wants: 'chromium',
    project: inChromium({ name: 'webgpu-alone', needs: ['webgpu'], backend: 'webgpu', isolate: true }), // a test destroys its device
  },
  { name: 'onnx in Chromium', wants: 'chromium', project: inChromium({ name: 'onnx-chromium', needs: ['device'], backend: 'onnx' }) },
  { name: 'pages', wants: 'chromium', project: inNode({ name: 'pages', needs: ['browser'], testTimeout: SLOW }) },
  { name: 'python', wants: 'diffusers', project: inNode({ name: 'python', needs: ['python'], testTimeout: 600_000 }) },
  { name: 'long', wants: 'chromium', project: inNode({ name: 'long', needs: ['long'], testTimeout: 600_000 }) },
];

const skipped = projects.flatMap(({ name, wants }) => {
  const reason = wants && reasonToSkip(wants);
  return reason ? [[name, reason] as const] : [];
});
const skippedProjects = Object.fromEntries(skipped);

export default defineConfig({
  test: {
    projects: projects.filter(({ name }) => !(name in skippedProjects)).map(({ project }) => project),
    reporters: ['default', ['./scripts/closing-line.ts', { skippedProjects }]],
  },
});
