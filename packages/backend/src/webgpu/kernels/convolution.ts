/**
 * Convolutions and their gradients with respect to the input. A thread computes four neighbouring pixels of up to four channels, so
 * that each number read serves several products; TensorFlow.js' own kernels either wait at barriers or read twice as much.
 */
import type { backend_util, KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type ConvolutionAttributes, convolutionInfo } from './convolution-info.ts';
import { dispatch, type Width, wgslType, widthOf } from './program.ts';

const PIXELS = 4;

export const convolution = (stock: KernelFunc): KernelConfig => ({
  kernelName: 'Conv2D',
  backendName: 'webgpu',
  kernelFunc: (call) => {
    const { x, filter } = call.inputs as { x: TensorInfo; filter: TensorInfo };
    const info = convolutionInfo(call.attrs as unknown as ConvolutionAttributes, x.shape, filter.shape);
    if (!info) return stock(call);
    return windows(call.backend as WebGPUBackend, info, {
      name: 'convolution',
      inputs: { source: x, taps: filter },
      from: { height: info.inHeight, width: info.inWidth, channels: info.inChannels },
      to: { height: info.outHeight, width: info.outWidth, channels: info.outChannels },
      outputShape: info.outShape,
      filterWidthOf: (_, to) => to,
      row: `
        let sourceRow = row * uniforms.strideHeight + tapRow - uniforms.top;
        if (sourceRow < 0 || sourceRow >= uniforms.fromHeight) { continue; }`,
      column: (column) => `
        let column${column} = (first + ${column}) * uniforms.strideWidth + tapColumn - uniforms.left;
        let inside${column} = column${column} >= 0 && column${column} < uniforms.fromWidth;`,
      filterAt: (lane, from) =>
        `((tapRow * uniforms.filterWidth + tapColumn) * uniforms.fromBlocks * ${from} + block * ${from} + ${lane}) * uniforms.toBlocks + toBlock`,
      product: (pixel, from) =>
        Array.from({ length: from }, (_, lane) => `sum${pixel} += value${pixel}${from === 4 ? `[${lane}]` : ''} * filter${lane};`).join(
          ' ',
        ),
      filterLanes: (from) => from,
    });
  },
});

export const inputGradient = (stock: KernelFunc): KernelConfig => ({
  kernelName: 'Conv2DBackpropInput',
  backendName: 'webgpu',
  kernelFunc: (call) => {
    const { dy, filter } = call.inputs as { dy: TensorInfo; filter: TensorInfo };
    const attributes = call.attrs as unknown as ConvolutionAttributes & { inputShape: number[] };
    const info = convolutionInfo(attributes, attributes.inputShape, filter.shape);
    if (!info) return stock(call);
    return windows(call.backend as WebGPUBackend, info, {
      name: 'inputGradient',
      inputs: { source: dy, taps: filter },
      from: { height: info.outHeight, width: info.outWidth, channels: info.outChannels },
      to: { height: info.inHeight, width: info.inWidth, channels: info.inChannels },
      outputShape: info.inShape,
      filterWidthOf: (from) => from,
      row: `
        let shifted = row + uniforms.top - tapRow;
        let sourceRow = shifted / uniforms.strideHeight;
        if (shifted < 0 || shifted % uniforms.strideHeight != 0 || sourceRow >= uniforms.fromHeight) { continue; }`,
      column: (column) => `
        let shifted${column} = first + ${column} + uniforms.left - tapColumn;
        let column${column} = shifted${column} / uniforms.strideWidth;
        let inside${column} =
          shifted${column} >= 0 && shifted${column} % uniforms.strideWidth == 0 && column${column} < uniforms.fromWidth;`,
      filterAt: (lane, _, to) =>
        `((tapRow * uniforms.filterWidth + tapColumn) * uniforms.toBlocks * ${to} + toBlock * ${to} + ${lane}) * uniforms.fromBlocks + block`,
      product: (pixel, from, to) =>
        Array.from({ length: to }, (_, lane) => {
          const product = from === 4 ? `dot(value${pixel}, filter${lane})` : `value${pixel} * filter${lane}`;
          return `sum${pixel}${to === 4 ? `[${lane}]` : ''} += ${product};`;
        }).join(' '),
      filterLanes: (_, to) => to,
    });
  },
});

type Image = { readonly height: number; readonly width: number; readonly channels: number };

/** What tells the one from the other. Widths are those of the two images' buffers. */
type Direction = {
  readonly name: string;
  readonly inputs: { readonly source: TensorInfo; readonly taps: TensorInfo };
  readonly from: Image;
  readonly to: Image;
  readonly outputShape: number[];
  readonly filterWidthOf: (from: Width, to: Width) => Width;
  /** Code that finds `sourceRow`, or goes on to the next tap. */
  readonly row: string;
  /** Code that finds a pixel's column in the source, and whether it's there. */
  readonly column: (pixel: number) => string;
  readonly filterAt: (lane: number, from: Width, to: Width) => string;
  readonly filterLanes: (from: Width, to: Width) => number;
  /** Code that adds what one source value contributes. */
  readonly product: (pixel: number, from: Width, to: Width) => string;
};

function windows(backend: WebGPUBackend, info: backend_util.Conv2DInfo, direction: Direction): TensorInfo {
  const { name, inputs, from, to, outputShape } = direction;
  const [fromWidth, toWidth] = [widthOf(from.channels), widthOf(to.channels)];
  const strips = Math.ceil(to.width / PIXELS);
  const toBlocks = to.channels / toWidth;
  const pixels = Array.from({ length: PIXELS }, (_, pixel) => pixel);
  const lanes = Array.from({ length: direction.filterLanes(fromWidth, toWidth) }, (_, lane) => lane);
  return dispatch(backend, {
    name,
    inputs,
    widths: { source: fromWidth, taps: direction.filterWidthOf(fromWidth, toWidth) },
    outputShape,
    outputWidth: toWidth,
    threads: info.batchSize * to.height * strips * toBlocks,
    integers: {
      strips,
      toBlocks,
      toHeight: to.height,
      toWidth: to.width,
      fromBlocks: from.channels / fromWidth,
      fromHeight: from.height,
      fromWidth: from.width,
      filterHeight: info.filterHeight,
      filterWidth: info.filterWidth,
      strideHeight: info.strideHeight,
      strideWidth: info.strideWidth,
      top: info.padInfo.top,
      left: info.padInfo.left,
    },
    code: `
      let toBlock = index % uniforms.toBlocks;
      let first = ((index / uniforms.toBlocks) % uniforms.strips) * ${PIXELS};
      let line = index / (uniforms.toBlocks * uniforms.strips);
      let sample = line / uniforms.toHeight;
      let row = line % uniforms.toHeight;
      ${pixels.map((pixel) => `var sum${pixel} = ${wgslType(toWidth)}();`).join('\n')}
      for (var tapRow = 0; tapRow < uniforms.filterHeight; tapRow++) {
        ${direction.row}
        let lineAt = (sample * uniforms.fromHeight + sourceRow) * uniforms.fromWidth;
        for (var tapColumn = 0; tapColumn < uniforms.filterWidth; tapColumn++) {
          ${pixels
            .map(
              (pixel) => `
          ${direction.column(pixel)}
          let at${pixel} = (lineAt + select(0, column${pixel}, inside${pixel})) * uniforms.fromBlocks;`,
            )
            .join('')}
          for (var block = 0; block < uniforms.fromBlocks; block++) {
            ${lanes.map((lane) => `let filter${lane} = taps[${direction.filterAt(lane, fromWidth, toWidth)}];`).join('\n')}
            ${pixels
              .map(
                (pixel) => `
            let value${pixel} = select(${wgslType(fromWidth)}(0.0), source[at${pixel} + block], inside${pixel});
            ${direction.product(pixel, fromWidth, toWidth)}`,
              )
              .join('')}
          }
        }
      }
      let at = (line * uniforms.toWidth + first) * uniforms.toBlocks + toBlock;
      ${pixels.map((pixel) => `if (first + ${pixel} < uniforms.toWidth) { result[at + ${pixel} * uniforms.toBlocks] = sum${pixel}; }`).join('\n')}`,
  });
}
