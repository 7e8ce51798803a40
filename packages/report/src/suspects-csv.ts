import { csvLines } from './csv-lines.ts';
import { rankImages, type Suspects } from './suspects.ts';

/**
 * Training images by falling score as CSV (RFC 4180, CRLF): `rank,image,score,kept,contaminated,x,y`, scores at full precision.
 * Suspects are the lines with `kept` false. `x` and `y` are the pixel where the image is worst, empty if that is not known;
 * `contaminated` is empty where the truth is unknown.
 *
 * @throws {RangeError} for a score that isn't finite.
 */
export function suspectsCsv({ images }: Pick<Suspects, 'images'>): string {
  const rows = rankImages('suspectsCsv', images).map(({ name, score, kept, contaminated, place }, index) => [
    index + 1,
    name,
    score,
    kept,
    contaminated,
    place?.x,
    place?.y,
  ]);
  return csvLines([['rank', 'image', 'score', 'kept', 'contaminated', 'x', 'y'], ...rows]);
}
