import { defineConfig, type ViteUserConfig } from 'vitest/config';

// Tests run from sources: nothing has to be built first.
const source = { conditions: ['@rddpm/source', 'module', 'node', 'import', 'default'] };
const resolve = { resolve: source, ssr: { resolve: source } } satisfies ViteUserConfig;

/** Tests of tensor functions run once per backend, through the kit in packages/conformance. */
const TENSOR_PACKAGES = 'packages/{core,losses,scheduler,unet,trainer,detector,conformance}/test/**/*.test.ts';

const onBackend = (name: 'cpu' | 'onnx') => ({
  ...resolve,
  test: { name, include: [TENSOR_PACKAGES], env: { RDDPM_TEST_BACKEND: name }, testTimeout: 60_000 },
});

export default defineConfig({
  test: {
    projects: [
      {
        ...resolve,
        test: {
          name: 'node',
          include: ['packages/{backend,cli,metrics,mvtec,report,tfjs-onnx}/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      onBackend('cpu'),
      onBackend('onnx'),
    ],
    reporters: ['default', './scripts/closing-line.ts'],
  },
});
