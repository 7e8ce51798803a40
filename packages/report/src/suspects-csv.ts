import { csvLines } from './csv-lines.ts';
import { rankImages, type Suspects } from './suspects.ts';

/**
 * Training images by falling score as CSV (RFC 4180, CRLF): `rank,image,score,kept,contaminated`, scores at full precision, the
 * last field empty where the truth is unknown. Suspects are the lines with `kept` false.
 *
 * @throws {RangeError} for a score that isn't finite.
 */
export function suspectsCsv({ images }: Pick<Suspects, 'images'>): string {
  const rows = rankImages('suspectsCsv', images).map(({ name, score, kept, contaminated }, index) => [
    index + 1,
    name,
    score,
    kept,
    contaminated,
  ]);
  return csvLines([['rank', 'image', 'score', 'kept', 'contaminated'], ...rows]);
}
