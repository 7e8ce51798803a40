import { METRICS, type ResampledMetrics } from '@rddpm/metrics';
import { expect, test } from 'vitest';
import { comparisonsOf, intervalsOf, type ResampledCell } from '../../src/cells/statistics.ts';

const SAMPLES = 2000;
/** As an image sampled at random would: uniform, of standard deviation `spread`, around `mean`; the same for all cells. */
const noise = Float64Array.from({ length: SAMPLES }, (_, i) => ((i * 0.618033988749895) % 1) - 0.5);
function cell(method: string, seed: number, mean: number, { spread = 0.02, contamination = 0.2 } = {}): ResampledCell {
  const byPath = <Value>(value: Value) => Object.fromEntries(METRICS.map(({ path }) => [path, value]));
  const values = noise.map((value) => mean + spread * Math.sqrt(12) * value);
  const metrics = { estimate: byPath(mean), values: { ...byPath(values), 'pixel.prevalence': noise.map(() => 0.1) } };
  return { method, contamination, seed, metrics: metrics as unknown as ResampledMetrics };
}

test('an interval has the spread of images and of seeds', () => {
  const width = (cells: ResampledCell[]) => {
    const { low, high } = intervalsOf(cells)['pixel.auroc']!;
    return high - low;
  };
  // Of a uniform distribution, 95 % of the range, which is √12 standard deviations.
  expect(width([cell('a', 0, 0.7)])).toBeCloseTo(0.95 * 0.02 * Math.sqrt(12), 3);
  const [steady, varied] = [
    [0.7, 0.7, 0.7],
    [0.6, 0.7, 0.8],
  ].map((means) => width(means.map((mean, seed) => cell('a', seed, mean))));
  expect(steady).toBeCloseTo(0.95 * 0.02 * Math.sqrt(12), 3);
  // A mean of 3 draws from 0.6, 0.7, 0.8 has a standard deviation of 0.1 √(2/3) / √3.
  expect(varied! / (2 * 1.96)).toBeCloseTo(Math.hypot(0.0471, 0.02), 1);
  expect(varied).toBeGreaterThan(2 * steady!);
});

test('what images and seeds have in common drops out of a difference, which is of the seeds that both have', () => {
  const cells = [
    ...[0.5, 0.6, 0.9].map((mean, seed) => cell('ddpm', seed, mean)),
    ...[0.52, 0.62].map((mean, seed) => cell('huber', seed, mean)),
    cell('lts', 7, 0.8),
  ];
  const [found, ...rest] = comparisonsOf(cells).filter(({ metric }) => metric === 'pixel.auroc');
  expect(rest).toEqual([]); // lts has no seed in common with ddpm
  expect(found).toMatchObject({ method: 'huber', against: 'ddpm', contamination: 0.2, seeds: 2 });
  for (const value of [found!.difference, found!.low, found!.high]) expect(value).toBeCloseTo(0.02, 10);
  expect(found!.pValue).toBeLessThan(0.002);
});

test('p-values are corrected for all rows and contaminations of a metric', () => {
  const cells = [0, 0.2].flatMap((contamination) => [
    cell('ddpm', 0, 0.5, { contamination }),
    cell('huber', 0, 0.6, { contamination }),
    cell('lts', 0, 0.5 + contamination, { contamination }),
  ]);
  const found = comparisonsOf(cells).filter(({ metric }) => metric === 'image.auroc');
  expect(found.map(({ method, contamination }) => [method, contamination])).toEqual([
    ['huber', 0],
    ['lts', 0],
    ['huber', 0.2],
    ['lts', 0.2],
  ]);
  const sorted = found.map(({ pValue }) => pValue).sort((a, b) => a - b);
  expect(Math.min(...found.map(({ adjustedPValue }) => adjustedPValue))).toBeCloseTo(4 * sorted[0]!, 12);
});
