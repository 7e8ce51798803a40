/** A cell's metrics on resamples of its test images: made once, with the cell, so that intervals and differences of many cells take no look at maps. */
import { parseJson } from '@rddpm/core/schema';
import { type ByMetric, METRICS, type ResampledMetrics, resampleMetrics } from '@rddpm/metrics';
import * as z from 'zod/mini';
import type { TestImage } from '../evaluation/test-image.ts';
import { writeFileAtomically } from '../run/atomic-file.ts';
import { readTextIfThere } from '../run/read-if-there.ts';
import { runPaths } from '../run/run-folder.ts';

/** The same in all cells, so that resamples of one test set are of the same images. At so many levels a resample takes half a millisecond. */
const OPTIONS = { samples: 1000, seed: 0, levels: 512 };

/** @param isMasked Whether pixel metrics are defined. */
export async function writeResamples(run: string, images: readonly TestImage[], isMasked: boolean): Promise<void> {
  const { estimate, values } = resampleMetrics(images, OPTIONS);
  const metrics = METRICS.filter(({ level }) => isMasked || level === 'image').map(({ path }): [string, z.output<typeof metric>] => [
    path,
    { estimate: written(estimate[path]), values: Array.from(values[path], written) },
  ]);
  await writeFileAtomically(runPaths(run).resamples, JSON.stringify({ version: 1, metrics: Object.fromEntries(metrics) }));
}

const written = (value: number): number | null => (Number.isNaN(value) ? null : Number(value.toPrecision(9)));

const metric = z.strictObject({ estimate: z.nullable(z.number()), values: z.array(z.nullable(z.number())) });
const schema = z.strictObject({ version: z.literal(1), metrics: z.record(z.string(), metric) });

/** Nothing of a cell that an earlier version made. */
export async function readResamples(run: string): Promise<ResampledMetrics | undefined> {
  const { resamples } = runPaths(run);
  const text = await readTextIfThere(resamples);
  if (text === undefined) return undefined;
  const { metrics } = parseJson(schema, text, resamples);
  const byPath = <Value>(make: (metric: z.output<typeof schema>['metrics'][string] | undefined) => Value) =>
    Object.fromEntries(METRICS.map(({ path }) => [path, make(metrics[path])])) as ByMetric<Value>;
  const unknown = () => new Float64Array(OPTIONS.samples).fill(Number.NaN);
  return {
    estimate: byPath((metric) => metric?.estimate ?? Number.NaN),
    values: byPath((metric) => (metric ? Float64Array.from(metric.values, (value) => value ?? Number.NaN) : unknown())),
  };
}
