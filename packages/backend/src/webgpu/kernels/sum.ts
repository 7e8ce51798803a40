/**
 * Sums and means over neighbouring axes, read where they lie. TensorFlow.js transposes first unless the axes are the last, and sums up
 * to a single number in a single workgroup.
 */
import { backend_util, type KernelConfig, type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { dispatch, ENOUGH_THREADS, wgslType, widthOf } from './program.ts';

export const sum = (stock: KernelFunc): KernelConfig => reduction('Sum', stock, () => 1);
export const mean = (stock: KernelFunc): KernelConfig => reduction('Mean', stock, (length) => 1 / length);

function reduction(kernelName: string, stock: KernelFunc, factorOf: (length: number) => number): KernelConfig {
  return {
    kernelName,
    backendName: 'webgpu',
    kernelFunc: (call) => {
      const { x } = call.inputs as { x: TensorInfo };
      const { axis, keepDims } = call.attrs as { axis: number | number[]; keepDims: boolean };
      const axes = util.parseAxisParam(axis, x.shape).toSorted((a, b) => a - b);
      const size = util.sizeFromShape(x.shape);
      const neighbours = axes.every((axis, i) => axis === axes[0]! + i);
      if (!(x.dtype === 'float32' || (x.dtype === 'int32' && kernelName === 'Sum')) || axes.length === 0 || size === 0 || !neighbours)
        return stock(call);
      const [reduced, lengths] = backend_util.computeOutAndReduceShapes(x.shape, axes);
      const outputShape = keepDims ? backend_util.expandShapeToKeepDim(reduced, axes) : reduced;
      const outer = util.sizeFromShape(x.shape.slice(0, axes[0]!));
      const length = util.sizeFromShape(lengths);
      const extent = { outer, length, inner: size / outer / length };
      return sumOfAxis(call.backend as WebGPUBackend, x, extent, outputShape, factorOf(length));
    },
  };
}

/** x seen as [outer, length, inner], to be summed over `length`. */
export type Extent = { readonly outer: number; readonly length: number; readonly inner: number };

/** Terms that one thread may add without making all wait. */
const FEW_TERMS = 512;

/**
 * The sum over the middle of three axes, times `factor` if they are no whole numbers. Where many terms make few results, many threads
 * sum parts first. Terms are converted, since TensorFlow.js' cast to a wider type leaves the buffer as it is: whole numbers, of a comparison.
 */
export function sumOfAxis(backend: WebGPUBackend, x: TensorInfo, extent: Extent, outputShape: number[], factor = 1): TensorInfo {
  const { outer, length, inner } = extent;
  const width = widthOf(inner);
  const free = Math.floor(ENOUGH_THREADS / ((outer * inner) / width));
  const parts = length <= FEW_TERMS ? 1 : Math.max(1, Math.min(free, Math.ceil(Math.sqrt(length))));
  const last = parts === 1;
  const sums = dispatch(backend, {
    name: `sumOfAxis_${x.dtype}`,
    inputs: { x },
    widths: { x: width },
    outputShape: last ? outputShape : [outer, parts, inner],
    outputWidth: width,
    dtype: x.dtype,
    threads: (outer * parts * inner) / width,
    integers: { terms: length, parts, blocks: inner / width },
    numbers: { factor: last ? factor : 1 },
    code: `
      let block = index % uniforms.blocks;
      let part = (index / uniforms.blocks) % uniforms.parts;
      let first = (index / (uniforms.blocks * uniforms.parts)) * uniforms.terms;
      var total = ${wgslType(width, x.dtype)}();
      for (var term = part; term < uniforms.terms; term += uniforms.parts) {
        total += ${wgslType(width, x.dtype)}(x[(first + term) * uniforms.blocks + block]);
      }
      result[index] = ${x.dtype === 'float32' ? 'total * uniforms.factor' : 'total'};`,
  });
  if (last) return sums;
  const total = sumOfAxis(backend, sums, { outer, length: parts, inner }, outputShape, factor);
  backend.disposeData(sums.dataId);
  return total;
}
