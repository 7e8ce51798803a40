import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';
import { isRequired, tensorflowObstacle } from './scripts/optional-tests.ts';

// Tests run from sources: nothing has to be built first.
const source = { conditions: ['@rddpm/source', 'module', 'node', 'import', 'default'] };
const resolve = { resolve: source, ssr: { resolve: source } } satisfies ViteUserConfig;

/** Tests of tensor functions run once per backend, through the kit in packages/conformance. */
const TENSOR_PACKAGES = 'packages/{core,losses,scheduler,unet,trainer,detector}/test/**/*.test.ts';

/** Whole runs, compared with the cpu backend's. */
const WHOLE_RUNS = 'packages/conformance/test/**/*.test.ts';

/** What is particular to a backend that not every machine has; the errors without it are tests of the project `node`. */
const ONLY_ON_TENSORFLOW = 'packages/backend/test/tensorflow.test.ts';

const onBackend = (name: 'cpu' | 'onnx' | 'tensorflow', include: string[]) => ({
  ...resolve,
  test: { name, include, env: { RDDPM_TEST_BACKEND: name }, testTimeout: 60_000 },
});

const obstacle = isRequired('tensorflow') ? undefined : tensorflowObstacle();

export default defineConfig({
  test: {
    projects: [
      {
        ...resolve,
        test: {
          name: 'node',
          include: ['packages/{backend,cli,metrics,mvtec,report,tfjs-onnx}/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ONLY_ON_TENSORFLOW],
          testTimeout: 60_000,
        },
      },
      onBackend('cpu', [TENSOR_PACKAGES]),
      onBackend('onnx', [TENSOR_PACKAGES, WHOLE_RUNS]),
      ...(obstacle ? [] : [onBackend('tensorflow', [TENSOR_PACKAGES, WHOLE_RUNS, ONLY_ON_TENSORFLOW])]),
    ],
    reporters: ['default', ['./scripts/closing-line.ts', { skippedProjects: obstacle ? { tensorflow: obstacle } : {} }]],
  },
});
