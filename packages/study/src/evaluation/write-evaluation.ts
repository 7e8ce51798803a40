import fs from 'node:fs/promises';
import { join } from 'node:path';
import type { Evaluation } from './evaluate-images.ts';

/**
 * Writes `metrics.json`; `images.csv`, a line for each image; and `curves.json`, exact curves less the points that lie within 1e-4 of the line
 * between their neighbours.
 *
 * @param folder Made where it isn't there; files of an earlier evaluation are overwritten.
 * @param metrics What `metrics.json` is to hold.
 */
export async function writeEvaluation(folder: string, evaluation: Evaluation, metrics: object): Promise<void> {
  const report = await import('@rddpm/report'); // takes half a second to load
  await fs.mkdir(folder, { recursive: true });
  await fs.writeFile(join(folder, 'metrics.json'), `${JSON.stringify(metrics, null, 2)}\n`);
  await fs.writeFile(join(folder, 'images.csv'), imagesCsv(evaluation, report));
  await fs.writeFile(join(folder, 'curves.json'), `${JSON.stringify(thinnedCurves(evaluation, report))}\n`);
}

type Report = typeof import('@rddpm/report');

function imagesCsv({ images }: Evaluation, { csvLines }: Report): string {
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
    ...images.map(({ path, mapFile, kind, anomalous, score, size, mapSize, defectivePixels, auPimo }) => [
      path,
      mapFile ?? null,
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

function thinnedCurves(evaluation: Evaluation, { thinPolyline }: Report) {
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
