import { playwright } from '@vitest/browser-playwright';
import { configDefaults, defineConfig, type TestProjectConfiguration, type ViteUserConfig } from 'vitest/config';
import { GPU_ENVIRONMENT, launchOptions, type Optional, reasonToSkip } from './scripts/optional-tests.ts';

process.env.ORT_DISABLE_TELEMETRY ??= '1'; // tests, too, import ONNX Runtime; their processes inherit it

// Tests run from sources: nothing has to be built first.
const source = { conditions: ['@rddpm/source', 'module', 'node', 'import', 'default'] };
const resolve = { resolve: source, ssr: { resolve: source } } satisfies ViteUserConfig;

/** Tests of tensor functions run once per backend, through the kit in packages/conformance. */
const TENSOR_PACKAGES = 'packages/{core,losses,scheduler,unet,trainer,detector,diffusers}/test/**/*.test.ts';

/** Whole runs, compared with the cpu backend's. */
const WHOLE_RUNS = 'packages/conformance/test/*.test.ts';

/** Our own kernels, and what happens when a device fails. */
const WEBGPU_ONLY = 'packages/{backend,conformance}/test/webgpu/*.test.ts';

const TENSORFLOW_ONLY = 'packages/backend/test/tensorflow.test.ts';

const SLOW_GPU = 180_000; // an emulated one

const onBackend = (name: 'cpu' | 'onnx' | 'tensorflow' | 'webgpu', include: string[], testTimeout = 60_000) => ({
  ...resolve,
  test: { name, include, env: { RDDPM_TEST_BACKEND: name, ...GPU_ENVIRONMENT }, testTimeout },
});

/** The same files, in Chromium. */
const inChromium = (backend: 'onnx' | 'webgpu', include: string[]): TestProjectConfiguration => ({
  resolve: { conditions: ['@rddpm/source', 'module', 'browser', 'import', 'default'] },
  optimizeDeps: { exclude: ['onnxruntime-web'] }, // it finds its WebAssembly beside itself
  test: {
    name: `${backend}-browser`,
    include,
    exclude: [...configDefaults.exclude, '**/{readme,node,network-gradients}.test.ts'], // those need Node: TypeScript's compiler, files, onnxruntime-node
    env: { RDDPM_TEST_BACKEND: backend },
    testTimeout: SLOW_GPU,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: launchOptions({ webgpu: true }) }),
      instances: [{ browser: 'chromium', name: `${backend}-chromium` }],
    },
  },
});

const projects: { readonly needs?: Optional; readonly name: string; readonly project: TestProjectConfiguration }[] = [
  {
    name: 'node',
    project: {
      ...resolve,
      test: {
        name: 'node',
        include: ['packages/{backend,cli,metrics,mvtec,report,tfjs-onnx}/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
        exclude: [...configDefaults.exclude, WEBGPU_ONLY, TENSORFLOW_ONLY],
        testTimeout: 60_000,
      },
    },
  },
  { name: 'cpu', project: onBackend('cpu', [TENSOR_PACKAGES]) },
  { name: 'onnx', project: onBackend('onnx', [TENSOR_PACKAGES, WHOLE_RUNS]) },
  { name: 'tensorflow', needs: 'tensorflow', project: onBackend('tensorflow', [TENSOR_PACKAGES, WHOLE_RUNS, TENSORFLOW_ONLY]) },
  { name: 'webgpu', needs: 'webgpu', project: onBackend('webgpu', [TENSOR_PACKAGES, WHOLE_RUNS, WEBGPU_ONLY], SLOW_GPU) },
  { name: 'webgpu in Chromium', needs: 'chromium', project: inChromium('webgpu', [TENSOR_PACKAGES, WHOLE_RUNS, WEBGPU_ONLY]) },
  { name: 'onnx in Chromium', needs: 'chromium', project: inChromium('onnx', [TENSOR_PACKAGES, WHOLE_RUNS]) },
];

const skipped = projects.flatMap(({ name, needs }) => {
  const reason = needs && reasonToSkip(needs);
  return reason ? [[name, reason] as const] : [];
});
const skippedProjects = Object.fromEntries(skipped);

export default defineConfig({
  test: {
    projects: projects.filter(({ name }) => !(name in skippedProjects)).map(({ project }) => project),
    reporters: ['default', ['./scripts/closing-line.ts', { skippedProjects }]],
  },
});
