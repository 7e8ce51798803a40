import fs from 'node:fs/promises';
import { join } from 'node:path';
import { csvLines, thinPolyline } from '@rddpm/report';
import type { Evaluation } from './evaluate-maps.ts';

/** Writes `metrics.json`, `images.csv` and `curves.json`. @param metrics What `--json` prints. */
export async function writeEvaluation(folder: string, evaluation: Evaluation, metrics: object): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
  await fs.writeFile(join(folder, 'metrics.json'), `${JSON.stringify(metrics, null, 2)}\n`);
  await fs.writeFile(join(folder, 'images.csv'), imagesCsv(evaluation));
  await fs.writeFile(join(folder, 'curves.json'), `${JSON.stringify(thinnedCurves(evaluation))}\n`);
}

function imagesCsv({ images }: Evaluation): string {
  const header = [
    'image',
    'map',
    'defect',
    'defective',
    'score',
    'width',
    'height',
    'map_width',
    'map_height',
    'defective_pixels',
    'aupimo',
  ];
  return csvLines([
    header,
    ...images.map(({ path, map, kind, anomalous, score, size, mapSize, defectivePixels, auPimo }) => [
      path,
      map,
      kind,
      anomalous ? 1 : 0,
      score,
      ...size,
      ...mapSize,
      defectivePixels,
      Number.isNaN(auPimo) ? null : auPimo,
    ]),
  ]);
}

/** Exact curves have two points for each defective pixel. Those left out lie this near to the line between their neighbours. */
const TOLERANCE = 1e-4;

function thinnedCurves(evaluation: Evaluation) {
  const { pixel, image } = evaluation.curves();
  const thinned = (curve: Readonly<Record<string, Float64Array>>, x: string, y: string) => {
    const kept = thinPolyline({ x: curve[x]!, y: curve[y]! }, { tolerance: TOLERANCE, scale: [1, 1] });
    // The first threshold is infinite, which JSON has no word for: it becomes null.
    return Object.fromEntries(Object.entries(curve).map(([name, values]) => [name, kept.map((i) => values[i]!)]));
  };
  const ranking = ({ roc, precisionRecall }: typeof image) => ({
    roc: thinned(roc, 'falsePositiveRate', 'truePositiveRate'),
    precisionRecall: thinned(precisionRecall, 'recall', 'precision'),
  });
  return {
    tolerance: TOLERANCE,
    pixel: { ...ranking(pixel), pro: thinned(pixel.pro, 'falsePositiveRate', 'perRegionOverlap') },
    image: ranking(image),
  };
}
