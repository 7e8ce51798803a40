import { readFileSync } from 'node:fs';

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`./goldens/${name}.json`, import.meta.url), 'utf8')) as T;

type AtThreshold = {
  threshold: number;
  /** True negatives, false positives, false negatives, true positives. */
  confusion: [number, number, number, number];
  precision: number | null;
  recall: number | null;
  fBeta: Record<'0.5' | '1' | '2', number | null>;
  iou: number | null;
};

type Curve<Keys extends string> = Record<Keys, number[]>;

/** By scikit-learn, scipy and numpy: scripts/goldens/metrics.py. */
export const references = read<{
  rankings: {
    name: string;
    labels: number[];
    scores: number[];
    auroc: number;
    averagePrecision: number;
    f1Max: number;
    roc: Curve<'fpr' | 'tpr'> & { thresholds: (number | null)[] };
    precisionRecall: Curve<'precision' | 'recall' | 'thresholds'>;
    partialAuc: Record<string, { area: number; mcClish: number }>;
    auprTrapezoid: number;
    bestFBeta: Record<'0.5' | '2', { value: number; thresholds: number[] }>;
    atThresholds: AtThreshold[];
  }[];
  regionSets: {
    name: string;
    images: { width: number; height: number; map: number[]; mask: number[]; components: number[]; boxes: number[][] }[];
    regions: number;
    auroc: number;
    averagePrecision: number;
    auPro: Record<'0.05' | '0.3' | '1', number>;
    curve: Curve<'fpr' | 'pro'>;
    segmentations: { pooled: AtThreshold; perImage: AtThreshold[] }[];
  }[];
  imageSets: ({ name: string; images: { width: number; height: number; map: number[]; mask: number[] }[]; labels: number[] } & Record<
    'max' | 'mean' | 'top4',
    { scores: number[]; auroc: number; averagePrecision: number; f1Max: number }
  >)[];
  deLong: {
    name: string;
    labels: number[];
    scoresA: number[];
    scoresB: number[];
    auroc: number;
    standardError: number;
    intervals: Record<string, [number, number]>;
    test: Record<'aurocB' | 'difference' | 'standardError' | 'z' | 'pValue', number>;
  }[];
  normal: { z: number; tail: number }[];
  resampled: ({ name: string; permutationPValue: number } & Record<
    'auroc' | 'difference',
    Record<'low' | 'high' | 'standardError', number>
  >)[];
  defectSets: {
    name: string;
    images: {
      width: number;
      height: number;
      map: number[];
      defects: { mask: number[]; saturationArea: number; rule: { area: number; threshold: number; relative: boolean } }[];
    }[];
    auSpro: Record<string, number>;
    curve: Curve<'fpr' | 'spro'>;
  }[];
  pimoSets: {
    name: string;
    images: { width: number; height: number; map: number[]; mask: number[] }[];
    /** Where the integral was to begin and end, and where it did. */
    bounds: { lower: number; upper: number; visited: [number, number]; scores: (number | null)[] }[];
  }[];
}>('references');

/** Six maps of 48 x 48 with many ties and zeros of both signs; scikit-learn and scipy agree on what is expected to 1e-12. */
export const pixelGolden = read<{
  H: number;
  W: number;
  scores: number[][];
  masks: number[][];
  expected: Record<'regions' | 'auroc' | 'ap' | 'f1max' | 'f1thr' | 'aupro30' | 'aupro05' | 'aupro100', number>;
}>('pixel-metrics');

export const goldenImages = pixelGolden.scores.map((map, i) => ({
  map: Float32Array.from(map),
  mask: Uint8Array.from(pixelGolden.masks[i]!),
  width: pixelGolden.W,
  height: pixelGolden.H,
}));
