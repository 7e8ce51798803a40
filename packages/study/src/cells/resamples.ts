/** A cell's metrics on resamples of its test images: made once, with the cell, so that intervals and differences of many cells take no look at maps. */
import { parseJson } from '@rddpm/core/schema';
import { byMetric, type ResampledMetrics } from '@rddpm/metrics';
import * as z from 'zod/mini';
import { writeFileAtomically } from '../run/atomic-file.ts';
import { readTextIfThere } from '../run/read-if-there.ts';
import { runPaths } from '../run/run-folder.ts';

/** For all cells alike: those of one test set have resamples of the same images. A quarter of the usual levels takes less than half the time. */
export const RESAMPLES = { samples: 1000, seed: 0, levels: 512 };

export async function writeResamples(run: string, { estimate, values }: ResampledMetrics): Promise<void> {
  const metrics = byMetric(({ path }) => ({ estimate: written(estimate[path]), values: Array.from(values[path], written) }));
  await writeFileAtomically(runPaths(run).resamples, JSON.stringify({ version: 1, metrics }));
}

/** JSON has no NaN. */
const written = (value: number): number | null => (Number.isNaN(value) ? null : Number(value.toPrecision(9)));

const number = z.nullable(z.number());
const schema = z.strictObject({
  version: z.literal(1),
  metrics: z.record(z.string(), z.strictObject({ estimate: number, values: z.array(number) })),
});

/** Undefined for a cell of an earlier version. Metrics that joined the catalogue later are NaN. */
export async function readResamples(run: string): Promise<ResampledMetrics | undefined> {
  const { resamples } = runPaths(run);
  const text = await readTextIfThere(resamples);
  if (text === undefined) return undefined;
  const { metrics } = parseJson(schema, text, resamples);
  return {
    estimate: byMetric(({ path }) => metrics[path]?.estimate ?? Number.NaN),
    values: byMetric(({ path }) =>
      Float64Array.from(metrics[path]?.values ?? { length: RESAMPLES.samples }, (value) => value ?? Number.NaN),
    ),
  };
}
