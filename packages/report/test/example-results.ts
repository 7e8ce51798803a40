import type { DefectScores, MethodResult, ResultScores, Results } from '../src/index.ts';

/** The metrics in the order of the table but for AUPIMO, which is 0.6, and the prevalence. */
export function scores(
  pixel: readonly [number, number, number, number, number],
  image: readonly [number, number],
  prevalence = 0.04,
): ResultScores {
  const [auroc, averagePrecision, auPro30, auPro05, f1Max] = pixel;
  return {
    pixel: { auroc, averagePrecision, auPro30, auPro05, auPimo: 0.6, f1Max, prevalence },
    image: { auroc: image[0], averagePrecision: image[1] },
    reconstruction: { mse: 0.00125, psnr: 29.03 },
  };
}

export function method(name: string, own: ResultScores, changes: Partial<MethodResult> = {}): MethodResult {
  return {
    name,
    role: 'method',
    facts: { loss: { name: 'mse' }, steps: 400 },
    timing: { secondsPerStep: 0.25, imagesPerSecond: 4 },
    curves: [],
    defects: [],
    ...own,
    ...changes,
  };
}

export function reference(name: string, own: ResultScores, defects: DefectScores[] = []): MethodResult {
  return { name, role: 'reference', facts: {}, timing: {}, curves: [], defects, ...own };
}

/** One that makes no reconstructions. */
export function withoutReconstruction({ reconstruction: _, ...rest }: MethodResult): MethodResult {
  return rest;
}

export function results(methods: Results['methods'], changes: Partial<Results> = {}): Results {
  return {
    version: 2,
    dataset: 'bottle',
    protocol: { size: { width: 64, height: 64 }, contamination: 0.2, of: 'normals', overlap: true, seed: 0 },
    methods,
    cells: [],
    environment: {
      node: 'v20.0.0',
      platform: 'linux x64',
      cpu: 'two cores',
      backend: 'onnx: CPU, 2 threads',
      versions: { '@rddpm/cli': '0.1.0' },
      date: '2026-01-02T03:04:05Z',
    },
    ...changes,
  };
}

/** Two methods and a reference whose image metrics are undefined. */
export function threeMethods(): Results {
  const noGood = { 'image.auroc': 'needs both good and defective images' };
  const withoutGood = scores([0.5, 0.04, 0.1, 0.01, 0.08], [0, 1]);
  return results([
    method('ddpm', scores([0.8614, 0.389, 0.7, 0.3, 0.41], [0.9, 0.95])),
    method('rddpm-huber', scores([0.881, 0.4164, 0.72, 0.31, 0.44], [0.9, 0.94])),
    reference('untrained', { ...withoutGood, image: { auroc: null, averagePrecision: 1 }, undefined: noGood }),
  ]);
}
