import type { RatedRows } from '@rddpm/core/contracts';
import { type Judged, type Judging, type JudgingOptions, judgingFrom, rateRows, type ScoreSetOptions, scoreSet } from '@rddpm/maps';
import type { Reporter } from '../reporter.ts';

/** `scoreSet` with progress. @throws what the reporter throws for an interruption, between two chunks. */
export async function scoreImages(
  options: Omit<ScoreSetOptions, 'onProgress' | 'signal'>,
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

/** `judgingFrom` with progress. */
export async function makeJudging(options: Omit<JudgingOptions, 'signal'>, reporter: Reporter): Promise<Judging> {
  const events = judgingFrom({ ...options, signal: reporter.signal });
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

/** `rateRows` with progress. */
export async function rateImages(
  options: Omit<Parameters<typeof rateRows>[0], 'signal'>,
  title: string,
  reporter: Reporter,
): Promise<RatedRows> {
  const rating = rateRows({ ...options, signal: reporter.signal });
  const progress = reporter.progress({ title, total: options.set.count, unit: 'images' });
  try {
    let next = await rating.next();
    for (; !next.done; next = await rating.next()) progress.update(next.value);
    if (next.value) return next.value;
    reporter.stopIfInterrupted();
    throw new Error(`${options.method}: no rating came of it`);
  } finally {
    progress.stop();
    await rating.return(undefined);
  }
}
