import { getGradient, getKernelsForBackend } from '@tensorflow/tfjs-core';
import { translations } from '../src/translations/index.ts';
import { uncovered } from '../src/translations/uncovered.ts';

const CHANNELS_LAST = 'channels last; TensorFlow.js refuses gradients of dilated ones';
const NO_BROADCAST_GRADIENT = "TensorFlow.js' gradient doesn't broadcast";

const remarks: Readonly<Record<string, string>> = {
  AvgPool3DGrad: "right at padded borders, unlike TensorFlow.js'",
  AvgPoolGrad: "right at padded borders, unlike TensorFlow.js'",
  BatchMatMul: `any batches broadcast; ${NO_BROADCAST_GRADIENT}`,
  Conv2D: CHANNELS_LAST,
  Conv3D: CHANNELS_LAST,
  Cumsum: "TensorFlow.js' gradient is right along the last axis only",
  DepthwiseConv2dNative: CHANNELS_LAST,
  Einsum: 'one or two operands, as in TensorFlow.js',
  Erf: 'exact; TensorFlow.js approximates to 1.5e-7',
  MaxPool3DGrad: "right for windows of any form, unlike TensorFlow.js'",
  Maximum: NO_BROADCAST_GRADIENT,
  Minimum: NO_BROADCAST_GRADIENT,
  ResizeBilinearGrad: "right for every form of image and for halfPixelCenters, unlike TensorFlow.js'",
  ResizeNearestNeighborGrad: "right for every sample and for halfPixelCenters, unlike TensorFlow.js'",
  SquaredDifference: NO_BROADCAST_GRADIENT,
  Step: 'NaN counts as not positive',
  TopK: 'always sorted',
};

export const cpuKernels = (): string[] =>
  getKernelsForBackend('cpu')
    .map(({ kernelName }) => kernelName)
    .sort();

/** `readme` with the table of TensorFlow.js' kernels between its marks. */
export function withCoverage(readme: string): string {
  const kernels = cpuKernels();
  const covered = kernels.filter((kernel) => kernel in translations);
  const rows = kernels.map((kernel) => {
    const value = kernel in translations ? 'yes' : 'no';
    return [`\`${kernel}\``, value, getGradient(kernel) ? value : '', uncovered[kernel] ?? remarks[kernel] ?? ''];
  });
  const table = [
    '<details>',
    `<summary>${covered.length} of the ${kernels.length} kernels of TensorFlow.js' cpu backend are translated</summary>`,
    '',
    "An empty gradient is one that TensorFlow.js doesn't have.",
    '',
    ...aligned([['kernel', 'value', 'gradient', 'remarks'], ...rows]),
    '',
    '</details>',
  ].join('\n');
  return readme.replace(/(<!-- coverage: .*? -->\n)[\s\S]*?(<!-- \/coverage -->)/, (_, begin, end) => `${begin}\n${table}\n\n${end}`);
}

/** Columns of one width, as the formatter wants them. */
function aligned(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [rows[0]!, rule, ...rows.slice(1)].map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`);
}
