import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { BackendError } from '@rddpm/core';
import { engine, version_core } from '@tensorflow/tfjs';
import type { LoadedTensorflow, TensorflowWishes } from './loaded-tensorflow.ts';

/** What loading depends on. */
export type Surroundings = {
  /** Node's version. */
  readonly node: string;
  /** Finds and loads packages. */
  readonly require: Pick<NodeJS.Require, 'resolve'> & ((name: string) => unknown);
};

const HERE: Surroundings = { node: process.versions.node, require: createRequire(import.meta.url) };

const GPU_PACKAGE = '@tensorflow/tfjs-node-gpu';
const CPU_PACKAGE = '@tensorflow/tfjs-node';

/** tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 23 removed. */
const TOO_NEW = 23;

/** Both packages, as far as they're used here. */
type TfjsNode = {
  readonly engine: typeof engine;
  readonly version_core: string;
  readonly findBackend: (name: 'tensorflow') => { readonly isUsingGpuDevice: boolean; readonly binding: { readonly TF_Version: string } };
};

/** TensorFlow starts once per process. */
let loaded: LoadedTensorflow | undefined;

/** @throws {BackendError} as `start`, and if TensorFlow has started with other threads, or has no GPU where one is wished for. */
export async function loadTensorflow({ threads, cpu }: TensorflowWishes): Promise<LoadedTensorflow> {
  loaded ??= start({ threads, cpu }, HERE);
  if (!cpu && !loaded.gpu) throw new BackendError('backend/tensorflow: TensorFlow finds no GPU here that it can compute on');
  if (threads !== undefined && threads !== loaded.threads) {
    throw new BackendError(
      `backend/tensorflow: threads is ${threads}, but TensorFlow has started in this process with ${loaded.threads}, for good`,
    );
  }
  return loaded;
}

/**
 * Loads the package for GPUs if it's installed, else the one for CPUs if that will do, which registers the backend 'tensorflow'.
 * @throws {BackendError} if neither is installed, the one that is can't be loaded, or Node is too new.
 */
export function start({ threads, cpu }: TensorflowWishes, { node, require }: Surroundings): LoadedTensorflow {
  if (Number.parseInt(node, 10) >= TOO_NEW) {
    throw new BackendError(`backend/tensorflow: tfjs-node works on Node 20 and 22; this is Node ${node}`);
  }
  const name = (cpu ? [GPU_PACKAGE, CPU_PACKAGE] : [GPU_PACKAGE]).find((name) => isInstalled(name, require));
  if (!name) {
    const forCpus = cpu ? `, 'npm install ${CPU_PACKAGE}' for CPUs` : '';
    throw new BackendError(
      `backend/tensorflow: ${cpu ? 'TensorFlow' : GPU_PACKAGE} is not installed; 'npm install ${GPU_PACKAGE}' brings it for NVIDIA GPUs${forCpus}`,
    );
  }
  if (threads !== undefined) process.env.TF_NUM_INTRAOP_THREADS = `${threads}`; // no other way leads to TensorFlow's settings
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1'; // warnings, but no greeting
  const tfjsNode = load(name, require);
  assertOneEngine(name, tfjsNode);
  const { isUsingGpuDevice, binding } = tfjsNode.findBackend('tensorflow');
  const taken = Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism();
  return { version: binding.TF_Version, gpu: isUsingGpuDevice, threads: taken };
}

function isInstalled(name: string, require: Surroundings['require']): boolean {
  try {
    require.resolve(`${name}/package.json`);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return false;
    throw error;
  }
}

function load(name: string, require: Surroundings['require']): TfjsNode {
  try {
    return require(name) as TfjsNode;
  } catch (cause) {
    const what = /native addon module .* can not be found/.test(`${cause}`)
      ? `${name} lacks its native addon: its install script did not run, or could not download it`
      : `${name} can't be loaded: ${cause}`;
    throw new BackendError(`backend/tensorflow: ${what}; 'npm rebuild ${name}' runs the install script again`, { cause });
  }
}

/** Two copies of TensorFlow.js of one version share an engine, as long as they share `globalThis`. */
function assertOneEngine(name: string, theirs: TfjsNode): void {
  if (theirs.version_core !== version_core) {
    throw new BackendError(
      `backend/tensorflow: ${name} belongs to TensorFlow.js ${theirs.version_core}, and here is ${version_core}; 'npm install ${name}@${version_core}' makes them one`,
    );
  }
  if (theirs.engine() !== engine()) {
    throw new BackendError(`backend/tensorflow: ${name} has a TensorFlow.js engine of its own, which doesn't know the tensors made here`);
  }
}
