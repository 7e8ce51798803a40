import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release } from 'node:os';
import type { Environment } from '@rddpm/report';
import { version_core } from '@tensorflow/tfjs-core';

/** @param backend `'onnx: CPU, 2 threads (ONNX Runtime 1.30)'`; none where nothing was computed with tensors. */
export function describeEnvironment(backend = 'none'): Environment {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const processors = cpus();
  return {
    node: process.versions.node,
    platform: `${platform()} ${release()} ${arch()}`,
    cpu: `${processors[0]?.model.trim() ?? 'unknown'} x ${processors.length}`,
    backend,
    versions: { '@rddpm/cli': version, '@tensorflow/tfjs-core': version_core },
    date: new Date().toISOString(),
  };
}
