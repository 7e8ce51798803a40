import { createRng } from '@rddpm/core';
import { synthesize } from '@rddpm/mvtec';
import { writeDataset } from '@rddpm/mvtec/node';

/** 10 training images unless it is said, 2 good test images, 2 of each of four kinds of defect, 16 x 16. */
export async function writeTinyDataset(folder: string, train = 10): Promise<void> {
  await writeDataset(folder, synthesize({ kind: 'carpet', size: 16, train, testGood: 2, testPerDefect: 2, rng: createRng(0) }));
}

/** A network small enough for a step to take milliseconds. */
export const TINY = ['--size', '16', '--widths', '8,16', '--batch', '2', '--quiet'];
/** Detection alike. */
export const TINY_DETECTION = ['--evaluations', '2', '--draws', '1'];
