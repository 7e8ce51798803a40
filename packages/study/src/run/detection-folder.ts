/** What `rddpm detect` leaves: maps, masks, pictures, heat maps and scores, all of one detection or none. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { FileSource, Raster, Sample, TrainingSet } from '@rddpm/core/contracts';
import { parseJson } from '@rddpm/core/schema';
import { binaryMask, type Judged } from '@rddpm/maps';
import * as z from 'zod/mini';
import { mapName } from '../maps/map-folder.ts';
import { encodeNpy } from '../maps/npy.ts';
import { writeFilePlainly } from './atomic-file.ts';
import { heatmapPng, heatScale } from './heatmap.ts';
import { readTextIfThere } from './maybe-there.ts';
import { encodePng, toBytes } from './png.ts';

/** Folders of a method's pictures are called by their plural: 'reconstructions'. */
const folderOf = (picture: string) => `${picture}s`;

/** What every detection has. With its pictures' folders, it replaces an earlier one as a whole. */
const ENTRIES = ['maps', 'masks', 'heatmaps', 'scores.csv', 'contamination.json'];

/** What earlier versions left without saying so. */
const PICTURES = ['reconstruction'];

const scaleSchema = z.looseObject({ threshold: z.number(), pictures: z.optional(z.array(z.string())) });

export type DetectionFiles = {
  readonly samples: readonly Sample[];
  /** Images of the maps' size, for the heat maps: those of `rows`, in the order of the samples. */
  readonly set: TrainingSet;
  /** @defaultValue all */
  readonly rows?: Int32Array;
  /** Maps and scores of the samples, in their order; pictures may have another size. */
  readonly judged: Judged;
  readonly threshold: number;
  /** The run's `contamination.json`, for `evaluate`; left out where no image left the test set. */
  readonly contamination?: unknown;
};

/** Everything is written beside its place first, then moved there: what an earlier detection left is replaced as a whole. */
export async function writeDetection(folder: string, files: DetectionFiles): Promise<void> {
  const partial = join(folder, `.partial-${process.pid}`);
  const earlier = (await readScale(folder))?.pictures ?? PICTURES;
  const entries = [...ENTRIES, ...new Set([...earlier, ...Object.keys(files.judged.pictures)].map(folderOf))];
  try {
    await writeAll(partial, files);
    for (const entry of entries) {
      await fs.rm(join(folder, entry), { recursive: true, force: true });
      await fs.rename(join(partial, entry), join(folder, entry)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
  } finally {
    await fs.rm(partial, { recursive: true, force: true });
  }
}

async function writeAll(folder: string, { samples, set, rows, judged, threshold, contamination }: DetectionFiles): Promise<void> {
  const { maps, pictures, scores } = judged;
  const [, height, width] = maps.shape as [number, number, number];
  const masks = binaryMask(maps, threshold).data.map((marked) => 255 * marked);
  const scale = heatScale(maps.data, threshold);
  for (const [i, sample] of samples.entries()) {
    const { id: name } = sample;
    const ofMap = [i * height * width, (i + 1) * height * width] as const;
    const map = maps.data.subarray(...ofMap);
    const { values } = await set.read(Int32Array.of(rows ? rows[i]! : i));
    await writeFilePlainly(join(folder, 'maps', mapName(sample)), encodeNpy({ shape: [height, width], data: map }));
    await writeFilePlainly(
      join(folder, 'masks', `${name}.png`),
      await encodePng({ width, height, channels: 1, data: masks.subarray(...ofMap) }),
    );
    for (const [picture, { data, shape }] of Object.entries(pictures)) {
      const [, height, width, channels] = shape as [number, number, number, 1 | 3];
      const size = height * width * channels;
      const bytes = toBytes(data.subarray(i * size, (i + 1) * size));
      await writeFilePlainly(join(folder, folderOf(picture), `${name}.png`), await encodePng({ width, height, channels, data: bytes }));
    }
    await writeFilePlainly(join(folder, 'heatmaps', `${name}.png`), await heatmapPng(values.data, map, { width, height }, scale));
  }
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  await writeFilePlainly(join(folder, 'heatmaps', 'scale.json'), json({ from: 0, ...scale, pictures: Object.keys(pictures) }));
  await writeFilePlainly(join(folder, 'scores.csv'), scoresCsv(samples, scores, threshold));
  if (contamination !== undefined) await writeFilePlainly(join(folder, 'contamination.json'), json(contamination));
}

/** Of a folder that `writeDetection` has written. */
export async function readThreshold(folder: string): Promise<number> {
  const scale = await readScale(folder);
  if (!scale) throw new FormatError(`${folder} holds no detection: heatmaps/scale.json is missing`);
  return scale.threshold;
}

async function readScale(folder: string): Promise<z.output<typeof scaleSchema> | undefined> {
  const path = join(folder, 'heatmaps', 'scale.json');
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : parseJson(scaleSchema, text, path);
}

/** A picture of a sample that `writeDetection` has written; nothing where the method has none. */
export async function readPicture(
  folder: string,
  picture: string,
  sample: Sample,
  decode: FileSource['decode'],
): Promise<Raster | undefined> {
  const png = await fs.readFile(join(folder, folderOf(picture), `${sample.id}.png`)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  return png && decode(png, { channels: 3, kernel: 'smooth' });
}

function scoresCsv(samples: readonly Sample[], scores: Float64Array, threshold: number): string {
  const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = samples.map(({ path, kind }, i) => [quote(path), quote(kind), scores[i], scores[i]! >= threshold].join(','));
  return `${['path,defect,score,anomalous', ...rows].join('\n')}\n`;
}
