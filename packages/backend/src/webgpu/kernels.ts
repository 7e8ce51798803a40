/** What training needs and TensorFlow.js' WebGPU backend lacks, or does in many small dispatches. */
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs';
import { adamW } from './kernels/adamw.ts';
import { convolution, inputGradient } from './kernels/convolution.ts';
import { filterGradient } from './kernels/filter-gradient.ts';
import { groupNorm, groupNormGrad } from './kernels/group-norm.ts';
import { silu, siluGrad } from './kernels/silu.ts';
import { mean, sum } from './kernels/sum.ts';

/** What `groupNorm`, `silu` and the optimiser call where it is registered. */
const ADDED = [adamW, groupNorm, groupNormGrad, silu, siluGrad];

/** Each takes TensorFlow.js' own kernel, for the cases that it leaves to it. */
const REPLACED = { Conv2D: convolution, Conv2DBackpropInput: inputGradient, Conv2DBackpropFilter: filterGradient, Mean: mean, Sum: sum };

export function registerKernels(): void {
  if (getKernel(adamW.kernelName, 'webgpu')) return;
  for (const kernel of ADDED) registerKernel(kernel);
  for (const [name, replace] of Object.entries(REPLACED)) {
    const { kernelFunc } = getKernel(name, 'webgpu');
    unregisterKernel(name, 'webgpu');
    registerKernel(replace(kernelFunc));
  }
}
