/**
 * The gradient of a convolution with respect to its filter. TensorFlow.js' own computes one number per thread, reading two for every
 * product. Here a thread computes a tile of up to 4 x 4, and the pixels are shared out among many threads, whose partial sums are added.
 */
import { type KernelConfig, type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type ConvolutionAttributes, convolutionInfo } from './convolution-info.ts';
import { dispatch, ENOUGH_THREADS, wgslType, widthOf } from './program.ts';
import { sumOfAxis } from './sum.ts';

type Attributes = ConvolutionAttributes & { readonly filterShape: [number, number, number, number] };

/** Pixels from which on a thread is worth its while. */
const FEWEST_PIXELS = 32;

export const filterGradient = (stock: KernelFunc): KernelConfig => ({
  kernelName: 'Conv2DBackpropFilter',
  backendName: 'webgpu',
  kernelFunc: (call) => {
    const { x, dy } = call.inputs as { x: TensorInfo; dy: TensorInfo };
    const attributes = call.attrs as unknown as Attributes;
    const { filterShape } = attributes;
    const info = convolutionInfo(attributes, x.shape, filterShape);
    if (!info) return stock(call);
    const backend = call.backend as WebGPUBackend;
    const [xWidth, dyWidth] = [widthOf(info.inChannels), widthOf(info.outChannels)];
    const rows = info.batchSize * info.outHeight;
    const tiles = util.sizeFromShape(filterShape) / (xWidth * dyWidth);
    const parts = Math.max(1, Math.min(rows, Math.ceil(ENOUGH_THREADS / tiles), Math.floor((rows * info.outWidth) / FEWEST_PIXELS)));
    const lanes = Array.from({ length: xWidth }, (_, lane) => lane);
    const partial = dispatch(backend, {
      name: 'filterGradient',
      inputs: { x, dy },
      widths: { x: xWidth, dy: dyWidth },
      outputShape: parts === 1 ? filterShape : [parts, ...filterShape],
      outputWidth: dyWidth,
      threads: parts * tiles,
      integers: {
        parts,
        tiles,
        rows,
        filterWidth: info.filterWidth,
        xBlocks: info.inChannels / xWidth,
        dyBlocks: info.outChannels / dyWidth,
        inHeight: info.inHeight,
        inWidth: info.inWidth,
        outHeight: info.outHeight,
        outWidth: info.outWidth,
        strideHeight: info.strideHeight,
        strideWidth: info.strideWidth,
        top: info.padInfo.top,
        left: info.padInfo.left,
      },
      code: `
        let part = index / uniforms.tiles;
        let tile = index % uniforms.tiles;
        let dyBlock = tile % uniforms.dyBlocks;
        let xBlock = (tile / uniforms.dyBlocks) % uniforms.xBlocks;
        let tap = tile / (uniforms.dyBlocks * uniforms.xBlocks);
        let tapRow = tap / uniforms.filterWidth - uniforms.top;
        let tapColumn = tap % uniforms.filterWidth - uniforms.left;
        // output columns whose input column lies inside
        let firstColumn = max(0, (uniforms.strideWidth - 1 - tapColumn) / uniforms.strideWidth);
        let endColumn = min(uniforms.outWidth, (uniforms.inWidth - 1 - tapColumn + uniforms.strideWidth) / uniforms.strideWidth);
        ${lanes.map((lane) => `var sum${lane} = ${wgslType(dyWidth)}();`).join('\n')}
        for (var row = part; row < uniforms.rows; row += uniforms.parts) {
          let inRow = (row % uniforms.outHeight) * uniforms.strideHeight + tapRow;
          if (inRow < 0 || inRow >= uniforms.inHeight) { continue; }
          var xAt = (((row / uniforms.outHeight) * uniforms.inHeight + inRow) * uniforms.inWidth + firstColumn * uniforms.strideWidth + tapColumn)
            * uniforms.xBlocks + xBlock;
          var dyAt = (row * uniforms.outWidth + firstColumn) * uniforms.dyBlocks + dyBlock;
          for (var column = firstColumn; column < endColumn; column++) {
            let values = x[xAt];
            let slopes = dy[dyAt];
            ${lanes.map((lane) => `sum${lane} += values${xWidth === 4 ? `[${lane}]` : ''} * slopes;`).join('\n')}
            xAt += uniforms.strideWidth * uniforms.xBlocks;
            dyAt += uniforms.dyBlocks;
          }
        }
        let at = ((part * (uniforms.tiles / uniforms.dyBlocks) + tile / uniforms.dyBlocks) * ${xWidth}) * uniforms.dyBlocks + dyBlock;
        ${lanes.map((lane) => `result[at + ${lane} * uniforms.dyBlocks] = sum${lane};`).join('\n')}`,
    });
    if (parts === 1) return partial;
    const total = sumOfAxis(backend, partial, { outer: 1, length: parts, inner: util.sizeFromShape(filterShape) }, filterShape);
    backend.disposeData(partial.dataId);
    return total;
  },
});
