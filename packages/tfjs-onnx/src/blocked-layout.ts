/**
 * ONNX Runtime's blocked layout, [n, c/b, h, w, b] for blocks of b channels: what its fastest convolution kernels read and write.
 * Names in that layout have the shape [n, c, h, w] in the graph, as in ONNX Runtime's own graphs.
 */
import type { Graph } from './graph.ts';

/** The operators' domain. */
export const NCHWC = 'com.microsoft.nchwc';

export const toBlocked = (graph: Graph, image: string): string => graph.node('ReorderInput', [image], { channels_last: 0 }, NCHWC);

export const fromBlocked = (graph: Graph, image: string, channels: number): string =>
  graph.node('ReorderOutput', [image], { channels, channels_last: 0 }, NCHWC);
