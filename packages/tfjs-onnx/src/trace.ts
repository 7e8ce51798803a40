/**
 * Tracing: a TensorFlow.js backend whose kernels append nodes to an ONNX graph instead of computing. Running a function under it once,
 * gradients included, writes the function down.
 */
import {
  type BackendValues,
  type DataId,
  engine,
  getBackend,
  getKernelsForBackend,
  KernelBackend,
  type KernelConfig,
  registerBackend,
  registerKernel,
  setBackend,
  type Tensor,
  type TensorInfo,
  type DataType as TfDataType,
  tidy,
} from '@tensorflow/tfjs-core';
import { isHeldByOnnx, storedAs } from './data-types.ts';
import { TraceError } from './errors.ts';
import { Graph, type Values } from './graph.ts';
import { simplified } from './simplify.ts';
import { inOrder, plainName, type Traced } from './traced.ts';
import { type Translation, translations } from './translations/index.ts';
import { uncovered } from './translations/uncovered.ts';
import { leaves, type TensorTree, withLeaves } from './tree.ts';

const BACKEND = 'onnx-trace';

/** The trace in progress. There is at most one: tracing is synchronous. */
let current: Tracing | undefined;

type Tracing = {
  readonly graph: Graph;
  readonly traced: Map<DataId, Traced>;
  /** Data that came to be inside the trace. */
  readonly made: Set<DataId>;
};

export type Trace<R> = {
  readonly graph: Graph;
  readonly results: R;
  readonly resultTypes: readonly { shape: number[]; dtype: TfDataType }[];
};

/**
 * Writes `fn` down as `record` does, twice, to find out whether it draws random numbers.
 *
 * @throws {TraceError} if the two differ.
 */
export function trace<A extends TensorTree, R extends TensorTree>(fn: (args: A) => R, args: A, block = 0): Trace<R> {
  const first = record(fn, args, block);
  const { graph } = record(fn, args, block);
  const sameValues = (a: Values, b: Values) => a.every((value: number | bigint, i: number) => Object.is(value, b[i]));
  const differing = first.graph.initializers.find(({ values }, i) => {
    const other = graph.initializers[i]?.values;
    return other?.length !== values.length || !sameValues(values, other);
  });
  if (differing || graph.nodes.length !== first.graph.nodes.length) {
    const what = differing
      ? `a ${differing.type} tensor [${differing.shape}] of it came out different`
      : 'its operations came out different';
    throw new TraceError(
      `tfjs-onnx: the function is not pure: when it was traced twice, ${what}. Random numbers (randomNormal, randomUniform, dropout) and ` +
        'times would be frozen into the graph; pass them as arguments',
    );
  }
  return first;
}

/**
 * Writes `fn` down as a graph whose inputs are named after the tensors' places in `args`, its outputs after their places in what `fn`
 * returns (`args` and `result` where that is one tensor).
 *
 * @param block Channels in a block of ONNX Runtime's blocked layout; 0 for a graph that any ONNX tool can run.
 * @returns the graph, and the tree that `fn` returned with tensors that hold no values.
 */
export function record<A extends TensorTree, R extends TensorTree>(fn: (args: A) => R, args: A, block = 0): Trace<R> {
  refuseWhileTracing();
  prepare();
  const graph = new Graph(block);
  const traced = new Map<DataId, Traced>();
  const backendBefore = getBackend();
  const made = new Set<DataId>();
  current = { graph, traced, made };
  void setBackend(BACKEND); // synchronous for a backend that was made synchronously
  try {
    let results: R | undefined;
    let resultTypes: Trace<R>['resultTypes'] = [];
    tidy(() => {
      const inputs = leaves(args, 'args').map(({ path, value }) => placeholder(path, value));
      results = fn(withLeaves(args, inputs));
      const outputs = leaves(results, 'result');
      if (outputs.length === 0) throw new TraceError('tfjs-onnx: the function returned no tensor');
      for (const { path, value } of outputs) {
        const result = tracedOf(value);
        const port = { name: `out.${path}`, type: result.dtype, shape: result.shape };
        graph.output(port, plainName(graph, result));
      }
      resultTypes = outputs.map(({ value }) => ({ shape: value.shape, dtype: value.dtype }));
      for (const { value } of outputs) if (made.has(value.dataId) && !value.isDisposed) value.dispose(); // what fn gave to keep()
    });
    return { graph: simplified(graph), results: results as R, resultTypes };
  } finally {
    current = undefined;
    void setBackend(backendBefore);
  }
}

/** @throws {TraceError} if a trace is in progress. */
export function refuseWhileTracing(): void {
  if (current)
    throw new TraceError('tfjs-onnx: a compiled function was called while another one was being traced; call the plain function instead');
}

function placeholder(path: string, like: Tensor): Tensor {
  const { graph, traced } = requireTrace();
  if (!isHeldByOnnx(like.dtype))
    throw new TraceError(`tfjs-onnx: ${path} is a ${like.dtype} tensor; an ONNX graph holds float32, int32 and bool`);
  const dataId = {};
  const name = graph.input({ name: `in.${path}`, type: like.dtype, shape: like.shape });
  traced.set(dataId, { shape: like.shape, dtype: like.dtype, forms: [{ name, order: inOrder(like.rank) }] });
  return engine().makeTensorFromDataId(dataId, like.shape, like.dtype);
}

/** What stands in the graph for a tensor. One that was made outside is a constant, copied now. */
function tracedOf(tensor: TensorInfo): Traced {
  const { traced } = requireTrace();
  const known = traced.get(tensor.dataId);
  if (known) {
    // a reshaped clone shares its data
    return known.shape.join() === tensor.shape.join() ? known : { ...known, shape: tensor.shape };
  }
  if (!isHeldByOnnx(tensor.dtype))
    throw new TraceError(`tfjs-onnx: the function uses a ${tensor.dtype} tensor; an ONNX graph holds float32, int32 and bool`);
  const values = storedAs(tensor.dtype, (tensor as Tensor).dataSync() as ArrayLike<number>).slice();
  const constant: Traced = { shape: tensor.shape, dtype: tensor.dtype, forms: [], values };
  traced.set(tensor.dataId, constant);
  return constant;
}

function requireTrace() {
  if (!current) throw new TraceError(`tfjs-onnx: the TensorFlow.js backend '${BACKEND}' works only inside compile()`);
  return current;
}

class TracingBackend extends KernelBackend {
  readonly #references = new Map<DataId, number>();

  override write(values: BackendValues, shape: number[], dtype: TfDataType): DataId {
    const { traced, made } = requireTrace();
    if (!isHeldByOnnx(dtype))
      throw new TraceError(`tfjs-onnx: the function makes a ${dtype} tensor; an ONNX graph holds float32, int32 and bool`);
    const dataId = {};
    traced.set(dataId, { shape, dtype, forms: [], values: storedAs(dtype, values as ArrayLike<number>) });
    made.add(dataId);
    this.#references.set(dataId, 1);
    return dataId;
  }

  override readSync(dataId: DataId): BackendValues {
    const known = current?.traced.get(dataId);
    if (known?.values) return known.values as BackendValues;
    throw new TraceError(
      "tfjs-onnx: the function reads a tensor's value (dataSync, arraySync, print, or a condition on a value) while it is being traced; " +
        'values are known only when the graph runs. Use where() instead of if, or return the tensor and read it outside',
    );
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    return this.readSync(dataId);
  }

  override incRef(dataId: DataId): void {
    this.#references.set(dataId, this.refCount(dataId) + 1);
  }

  override refCount(dataId: DataId): number {
    return this.#references.get(dataId) ?? 1;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const references = this.refCount(dataId) - 1;
    if (references > 0 && !force) {
      this.#references.set(dataId, references);
      return false;
    }
    this.#references.delete(dataId);
    return true; // the graph keeps what it needs
  }

  override numDataIds(): number {
    return this.#references.size;
  }

  override memory() {
    return { unreliable: true, reasons: ['a tracing backend holds no values'] };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    this.#references.clear();
  }
}

let prepared = false;

/** Registers the backend with a kernel per translation, and one that explains itself for each kernel without. */
function prepare(): void {
  if (prepared) return;
  prepared = true;
  registerBackend(BACKEND, () => new TracingBackend());
  for (const [name, translation] of Object.entries(translations)) registerKernel(kernelOf(name, translation));
  for (const { kernelName } of getKernelsForBackend('cpu')) {
    if (!(kernelName in translations)) registerKernel(kernelOf(kernelName, untranslated(kernelName)));
  }
}

function kernelOf(kernelName: string, translation: Translation): KernelConfig {
  return {
    kernelName,
    backendName: BACKEND,
    kernelFunc({ inputs, attrs }) {
      const { graph, traced, made } = requireTrace();
      const operands: Record<string, Traced> = {};
      for (const [name, tensor] of Object.entries(inputs)) if (tensor) operands[name] = tracedOf(tensor);
      const outcome = translation({
        kernel: kernelName,
        graph,
        inputs: operands,
        attributes: (attrs ?? {}) as Readonly<Record<string, unknown>>,
      });
      const infos = (Array.isArray(outcome) ? outcome : [outcome]).map((result: Traced) => {
        const dataId = {};
        traced.set(dataId, result);
        made.add(dataId);
        return { dataId, shape: [...result.shape], dtype: result.dtype };
      });
      return Array.isArray(outcome) ? infos : infos[0]!;
    },
  };
}

function untranslated(kernelName: string): Translation {
  return ({ inputs, attributes }) => {
    const operands = Object.entries(inputs).map(([name, { dtype, shape }]) => `${name}: ${dtype} [${shape}]`);
    throw new TraceError(
      `tfjs-onnx: no translation of the TensorFlow.js kernel '${kernelName}' (${operands.join(', ')}; attributes ${JSON.stringify(attributes)}): ` +
        `${uncovered[kernelName] ?? 'write the step with other operations'}, or add the kernel with registerTranslation()`,
    );
  };
}

/**
 * Teaches the tracer a kernel, or replaces what it does with one. Kernels of your own need a `registerKernel` for other backends.
 *
 * @param kernelName As TensorFlow.js names it, such as 'Erf'.
 */
export function registerTranslation(kernelName: string, translation: Translation): void {
  prepare();
  registerKernel(kernelOf(kernelName, translation));
}
