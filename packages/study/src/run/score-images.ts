import type { Threshold } from '@rddpm/core/contracts';
import {
  calibrateByPosition,
  type Judged,
  type PositionCalibration,
  type ScoreSetOptions,
  scoreSet,
  spreadRows,
  thresholdFrom,
} from '@rddpm/maps';
import type { Reporter } from '../reporter.ts';

type Shared = Pick<ScoreSetOptions, 'method' | 'scorer' | 'calibration' | 'smoothing' | 'size'>;

/** `scoreSet` with progress. @throws what the reporter throws for an interruption, between two chunks. */
export async function scoreImages(
  options: Shared & Pick<ScoreSetOptions, 'set' | 'rows' | 'isTraining'>,
  title: string,
  reporter: Reporter,
): Promise<Judged> {
  const progress = reporter.progress({ title, total: options.rows?.length ?? options.set.count, unit: 'images' });
  try {
    return await scoreSet({ ...options, signal: reporter.signal, onProgress: (done) => progress.update(done) });
  } catch (error) {
    reporter.stopIfInterrupted();
    throw error;
  } finally {
    progress.stop();
  }
}

/** `thresholdFrom` with progress. */
export async function makeThreshold(
  options: Shared & Pick<Parameters<typeof thresholdFrom>[0], 'training' | 'kept'>,
  reporter: Reporter,
): Promise<Threshold> {
  const events = thresholdFrom({ ...options, signal: reporter.signal });
  let next = await events.next();
  const progress = reporter.progress({ title: 'threshold', total: next.done ? 0 : next.value.total, unit: 'images' });
  try {
    while (!next.done) {
      progress.update(next.value.done);
      next = await events.next();
    }
    if (next.value) return next.value;
    reporter.stopIfInterrupted();
    throw new Error(`${options.method}: no threshold came of it`);
  } finally {
    progress.stop();
    await events.return(undefined);
  }
}

/** Enough for a median, and few enough to cost little beside a fit. */
const CALIBRATION_IMAGES = 64;

const UNSMOOTHED = { sigma: 0, unit: 'pixels' } as const;

/** What is normal at each position, of at most 64 of the training images that were learnt from, evenly spread. */
export async function makeCalibration(
  { training, kept, ...scoring }: Pick<Shared, 'method' | 'scorer'> & Pick<Parameters<typeof thresholdFrom>[0], 'training' | 'kept'>,
  reporter: Reporter,
): Promise<PositionCalibration> {
  const rows = Int32Array.from({ length: training.count }, (_, row) => row).filter((row) => !kept || kept[row]);
  const spread = spreadRows(rows, CALIBRATION_IMAGES);
  const { maps } = await scoreImages(
    { ...scoring, smoothing: UNSMOOTHED, set: training, rows: spread, isTraining: true },
    'calibration',
    reporter,
  );
  return calibrateByPosition(maps);
}
