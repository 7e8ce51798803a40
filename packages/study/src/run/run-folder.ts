/** A run's folder: the files in it and who may write there. DESIGN.md lists them. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, FormatError } from '@rddpm/core';
import type { Measured } from '@rddpm/core/contracts';
import * as z from 'zod/mini';
import type { Registry } from '../registry.ts';
import { appendLine, writeFileAtomically } from './atomic-file.ts';
import { entriesOf, readTextIfThere } from './read-if-there.ts';
import { parseRunConfig, type RunConfig } from './run-config.ts';

const FIRST_LOOK = 'first-look';

export function runPaths(run: string) {
  return {
    config: join(run, 'config.json'),
    contamination: join(run, 'contamination.json'),
    metrics: join(run, 'metrics.jsonl'),
    checkpoints: join(run, 'checkpoint'),
    model: join(run, 'model'),
    /** In a benchmark's cells: what `rddpm detect` writes, for the test images. */
    detection: join(run, 'detection'),
    /** Which training images look defective; with the CSV file, the other two are complete. */
    suspects: join(run, 'suspects'),
    suspectsPage: join(run, 'suspects.html'),
    suspectsCsv: join(run, 'suspects.csv'),
    /** Of `rddpm train`: a run of its own, of a method that takes a second. */
    firstLook: join(run, FIRST_LOOK),
    results: join(run, 'results.json'),
    /** In a benchmark's cells: the metrics on resamples of the test images, for intervals. */
    resamples: join(run, 'resamples.json'),
    /** In a benchmark's cells: why the last attempt failed. */
    failed: join(run, 'failed.json'),
    report: join(run, 'report.html'),
  };
}

/**
 * Lets nobody's files be overwritten by accident. `--overwrite` removes what the command itself would write, nothing else.
 *
 * @param flags.resume Left out by commands that can't go on with what they find.
 * @throws {ConfigError} if the folder holds anything and neither `--resume` nor `--overwrite` was given.
 */
export async function assertFree(folder: string, flags: { resume?: boolean | undefined; overwrite?: boolean | undefined }): Promise<void> {
  const { resume, overwrite } = flags;
  if (resume && overwrite) throw new ConfigError('--resume goes on with a run, --overwrite begins it anew; give one of them');
  const entries = (await entriesOf(folder)).filter((entry) => entry !== FIRST_LOOK); // alone, it is of a run that never began
  if (entries.length === 0 || resume || overwrite) return;
  const goOn = 'resume' in flags ? '--resume to go on, ' : '';
  throw new ConfigError(`${folder} is not empty; give ${goOn}--overwrite to begin anew, or another --out`);
}

/** Removes a run's files, but for its first look where that is new already; what else lies in the folder stays. */
export async function clearRun(run: string, { keepsFirstLook = false } = {}): Promise<void> {
  const { firstLook, ...rest } = runPaths(run);
  for (const path of [...Object.values(rest), ...(keepsFirstLook ? [] : [firstLook])]) await fs.rm(path, { recursive: true, force: true });
}

/** The config that a run was started with; nothing if the folder holds no run. @param known As for `parseRunConfig`. */
export async function readRunConfig(run: string, registry: Registry, known?: string): Promise<RunConfig | undefined> {
  const { config } = runPaths(run);
  const text = await readTextIfThere(config);
  return text === undefined ? undefined : parseRunConfig(text, config, registry, known);
}

/** @throws {FormatError} if `run` is not the folder of a run. */
export async function expectRunConfig(run: string, registry: Registry): Promise<RunConfig> {
  const config = await readRunConfig(run, registry);
  if (config) return config;
  const entries = await entriesOf(run);
  if (entries.includes('model_index.json'))
    throw new FormatError(`${run} is a DDPMPipeline; take it over with rddpm import ${run} --out RUN`);
  const reason = entries.length > 0 ? 'has no config.json' : 'is missing or empty';
  throw new FormatError(`${run} ${reason}; it must be a folder that rddpm train --out or rddpm import --out made`);
}

export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}

export async function appendMetrics(run: string, { step, measures }: Measured): Promise<void> {
  await appendLine(runPaths(run).metrics, JSON.stringify({ step, ...measures }));
}

/** What `metrics.jsonl` holds. A line that was cut short by a crash is passed over. */
export async function readMetrics(run: string): Promise<Measured[]> {
  const text = (await readTextIfThere(runPaths(run).metrics)) ?? '';
  return text.split('\n').flatMap((line) => {
    const { data } = z.safeParse(metricsLine, jsonOrNothing(line));
    if (!data) return [];
    const { step, ...measures } = data;
    return [{ step, measures: measures as Measured['measures'] }];
  });
}

const measure = z.nullable(z.number());
const metricsLine = z.catchall(z.object({ step: z.number() }), z.union([measure, z.array(measure)]));

function jsonOrNothing(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Drops what was reported after `step`: a run that goes on from there reports it again. */
export async function rewindMetrics(run: string, step: number): Promise<void> {
  const kept = (await readMetrics(run)).filter((line) => line.step <= step);
  await writeFileAtomically(runPaths(run).metrics, kept.map(({ step, measures }) => `${JSON.stringify({ step, ...measures })}\n`).join(''));
}
