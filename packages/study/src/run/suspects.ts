/** Which training images look defective to the finished model: the scores of all of them, and the maps of those that pages show. */
import fs from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RatedRows, Scorer, Smoothing } from '@rddpm/core/contracts';
import { parseJson } from '@rddpm/core/schema';
import { cut } from '@rddpm/data';
import type { MapCalibration } from '@rddpm/maps';
import { type RatedImage, type ShownCounts, type Suspects, selectSuspects, suspectsCsv, suspectsPage } from '@rddpm/report';
import * as z from 'zod/mini';
import { mapName } from '../maps/map-folder.ts';
import { readMap } from '../maps/read-map.ts';
import type { Reporter } from '../reporter.ts';
import { writeFileAtomically } from './atomic-file.ts';
import type { ImageSet } from './data-set.ts';
import { readPicture, readThreshold, writeDetection } from './detection-folder.ts';
import { contentOf, contentOfMap } from './frames.ts';
import { readTextIfThere } from './read-if-there.ts';
import type { RunConfig } from './run-config.ts';
import { runPaths, writeJson } from './run-folder.ts';
import { scoreImages } from './score-images.ts';

/** What `suspects/scores.json` holds. */
const scoresSchema = z.strictObject({
  cutoff: z.number(),
  rule: z.string(),
  /** By row of the training set. */
  images: z.array(
    z.strictObject({
      name: z.string(),
      score: z.number(),
      kept: z.boolean(),
      /** Whether the image was moved into training as a contaminant; left out where none was moved, as nobody knows then. */
      contaminated: z.optional(z.boolean()),
      /** The place in the image that looks worst, where the method says it. */
      place: z.optional(z.strictObject({ x: z.int(), y: z.int() })),
    }),
  ),
});

export type WriteSuspectsOptions = {
  readonly run: string;
  readonly config: RunConfig;
  readonly training: ImageSet;
  readonly rated: RatedRows;
  /** The method's name. */
  readonly method: string;
  readonly scorer: Scorer;
  readonly calibration: MapCalibration | undefined;
  readonly smoothing: Smoothing;
  readonly threshold: number;
  /** Facts about the fit, shown on the page. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly reporter: Reporter;
  readonly title: string;
  /** How many images the page shows. @defaultValue as `ShownCounts` */
  readonly shown?: ShownCounts | undefined;
};

/** Writes `suspects.csv`, `suspects.html` and what they are made from. */
export async function writeSuspects(options: WriteSuspectsOptions): Promise<void> {
  const { run, config, training, rated, method, scorer, calibration, smoothing, threshold, reporter } = options;
  const { suspects: folder, suspectsCsv: csv, suspectsPage: page } = runPaths(run);
  await fs.rm(csv, { force: true }); // it is written last, as the sign that the other files are complete
  const isKnown = training.samples.some(({ contaminant }) => contaminant); // without any, nobody may have sorted the images
  const images = training.samples.map(({ id, contaminant }, row) => ({
    row,
    name: id,
    score: rated.scores[row]!,
    kept: rated.kept[row] === 1,
    ...(isKnown && { contaminated: contaminant === true }),
    ...(rated.places && { place: placeOn(training, row, rated.places) }),
  }));

  const shown = shownOf(images, options.shown);
  const rows = Int32Array.from(shown, ({ row }) => row);
  const judged = await scoreImages(
    { method, scorer, calibration, smoothing, set: training.set, rows, isTraining: true },
    `${options.title}: suspects`,
    reporter,
  );
  const samples = shown.map(({ row }) => training.samples[row]!);
  await writeDetection(folder, { samples, set: training.set, rows, framing: training, judged, threshold });
  await writeJson(join(folder, 'scores.json'), {
    cutoff: rated.cutoff,
    rule: rated.rule,
    images: images.map(({ row: _, ...image }) => image),
  });

  const found = await readSuspects(run, training, options.shown);
  const { width, height } = config.data.size;
  const facts = Object.entries(options.facts).flatMap(([name, value]) => textOf(value).map((text) => [name, text] as const));
  const about = { ...Object.fromEntries(facts), size: `${width} x ${height}` };
  await writeFileAtomically(page, suspectsPage({ suspects: found, title: basename(config.dataset), facts: about, shown: options.shown }));
  await writeFileAtomically(csv, suspectsCsv(found));
  reporter.note(`${images.filter(({ kept }) => !kept).length} of ${images.length} training images look defective: ${page}`);
}

/** A pixel of the frame as a pixel of the picture, clipped to the picture. */
function placeOn(training: ImageSet, row: number, places: NonNullable<RatedRows['places']>) {
  const { x, y, width, height } = contentOf(training, row);
  const within = (at: number, from: number, length: number) => Math.min(Math.max(at - from, 0), length - 1);
  return { x: within(places.x[row]!, x, width), y: within(places.y[row]!, y, height) };
}

/** The facts that are short enough for a heading; of an object with a name, the name. `config.json` has the rest. */
function textOf(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return 'name' in value ? [String(value.name)] : [];
  return [String(value)];
}

/** Reads what `writeSuspects` wrote, with the pictures that pages show; undefined if the method named no suspects. */
export async function suspectsOf(run: string, training: () => Promise<ImageSet>): Promise<Suspects | undefined> {
  return (await readTextIfThere(runPaths(run).suspectsCsv)) === undefined ? undefined : readSuspects(run, await training());
}

/** By row of the training set, 1 for images that the finished model trusts. Undefined if its method named no suspects, if it suspects all, or if the images are others now. */
export async function keptOf(run: string, count: number): Promise<Uint8Array | undefined> {
  const images = await verdictsOf(run);
  if (images?.length !== count || !images.some(({ kept }) => kept)) return undefined;
  return Uint8Array.from(images, ({ kept }) => (kept ? 1 : 0));
}

/** What the finished model says of each training image, by its id; undefined where its method named no suspects. */
export async function verdictsOf(run: string): Promise<z.output<typeof scoresSchema>['images'] | undefined> {
  return (await readTextIfThere(runPaths(run).suspectsCsv)) === undefined ? undefined : (await readScores(run)).images;
}

/** Paths of the training images that a run's model suspects, worst first; none where its method named none. */
export async function suspectedPaths(run: string, { samples }: Pick<ImageSet, 'samples'>): Promise<readonly string[]> {
  const images = (await verdictsOf(run)) ?? [];
  const suspects = images.flatMap(({ kept, score }, row) => (kept ? [] : [{ path: samples[row]!.path, score }]));
  return suspects.toSorted((a, b) => b.score - a.score).map(({ path }) => path);
}

async function readScores(run: string): Promise<z.output<typeof scoresSchema>> {
  const path = join(runPaths(run).suspects, 'scores.json');
  return parseJson(scoresSchema, (await readTextIfThere(path)) ?? '', path);
}

async function readSuspects(run: string, training: ImageSet, counts?: ShownCounts): Promise<Suspects> {
  const { set, samples } = training;
  const { suspects: folder } = runPaths(run);
  const { cutoff, rule, images: scored } = await readScores(run);
  const rated = scored.map((image, row) => ({ ...image, row }));
  const pictures = shownOf(rated, counts).map(async ({ row }) => {
    const sample = samples[row]!;
    const reconstruction = await readPicture(folder, 'reconstruction', sample);
    const { values } = await set.read(Int32Array.of(row));
    const content = contentOf(training, row);
    return [
      row,
      {
        image: { width: content.width, height: content.height, data: cut(values.data, set.shape[1], content, set.shape[2]) },
        map: contentOfMap(training, row, await readMap(join(folder, 'maps', mapName(sample)))),
        reconstruction,
      },
    ] as const;
  });
  const byRow = new Map(await Promise.all(pictures));
  return {
    cutoff,
    rule,
    threshold: await readThreshold(folder),
    images: rated.map(({ row, ...image }) => ({ ...image, ...byRow.get(row) })),
  };
}

function shownOf<I extends RatedImage>(rated: readonly I[], counts?: ShownCounts): I[] {
  const { suspects, trusted } = selectSuspects(rated, counts);
  return [...suspects, ...trusted];
}
