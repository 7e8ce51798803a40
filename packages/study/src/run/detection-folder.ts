/** What `rddpm detect` leaves: maps, masks, pictures, heat maps and scores, all of one detection or none. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError } from '@rddpm/core';
import type { Sample, TrainingSet } from '@rddpm/core/contracts';
import { parseJson } from '@rddpm/core/schema';
import { cut, pictureMap } from '@rddpm/data';
import { binaryMask, type Judged } from '@rddpm/maps';
import ndarray from 'ndarray';
import Papa from 'papaparse';
import * as z from 'zod/mini';
import { mapName } from '../maps/map-folder.ts';
import { encodeNpy } from '../maps/npy.ts';
import { writeFilePlainly } from './atomic-file.ts';
import { contentOf, type Framing } from './frames.ts';
import { heatmapPng, heatScale } from './heatmap.ts';
import { decodePng, encodePng, type Pixels, toBytes } from './png.ts';
import { readTextIfThere } from './read-if-there.ts';

/** Folders of a method's pictures are called by their plural: 'reconstructions'. */
const folderOf = (picture: string) => `${picture}s`;

/** What every detection has. With its pictures' folders, it replaces an earlier one as a whole. */
const ENTRIES = ['maps', 'masks', 'heatmaps', 'scores.csv', 'contamination.json'];

/** What earlier versions left without saying so. */
const PICTURES = ['reconstruction'];

const scaleSchema = z.looseObject({ threshold: z.number(), pictures: z.optional(z.array(z.string())) });

export type DetectionFiles = {
  readonly samples: readonly Sample[];
  /** Images of the maps' frames, for the heat maps: those of `rows`, in the order of the samples. */
  readonly set: TrainingSet;
  /** @defaultValue all */
  readonly rows?: Int32Array;
  /** Of the set's rows. Maps are written without padding, in their pictures' proportions. */
  readonly framing: Framing;
  /** Maps and scores of the samples, in their order. */
  readonly judged: Judged;
  /** Of the set's rows, where the method was shown frames of another size: that of its pictures. @defaultValue framing */
  readonly shown?: Framing;
  readonly threshold: number;
  /** The text of a `contamination.json` that tells `evaluate` which images have a map; left out where they are those that the data set has for tests. */
  readonly contamination?: string | undefined;
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

async function writeAll(folder: string, files: DetectionFiles): Promise<void> {
  const { samples, set, rows, framing, judged, shown = framing, threshold, contamination } = files;
  const { maps, pictures, scores } = judged;
  const [, height, width] = maps.shape as [number, number, number];
  const scale = heatScale(maps.data, threshold);
  for (const [i, sample] of samples.entries()) {
    const row = rows ? rows[i]! : i;
    const { id: name } = sample;
    const frame = maps.data.subarray(i * height * width, (i + 1) * height * width);
    const map = pictureMap(frame, framing.pictures[row]!, framing.preparation);
    const shape = [map.height, map.width] as const;
    await writeFilePlainly(join(folder, 'maps', mapName(sample)), encodeNpy({ shape, data: map.data }));
    const mask = binaryMask(ndarray(map.data, [...shape]), threshold).data.map((marked) => 255 * marked);
    await writeFilePlainly(join(folder, 'masks', `${name}.png`), await encodePng({ ...map, channels: 1, data: mask }));
    for (const [picture, { data, shape }] of Object.entries(pictures)) {
      const [, height, width, channels] = shape as [number, number, number, 1 | 3];
      const size = height * width * channels;
      const whole = { width, height, channels, data: toBytes(data.subarray(i * size, (i + 1) * size)) };
      await writeFilePlainly(join(folder, folderOf(picture), `${name}.png`), await encodePng(withoutPadding(whole, shown, row)));
    }
    const { values } = await set.read(Int32Array.of(row));
    const content = contentOf(framing, row);
    const image = cut(values.data, width, content, set.shape[2]);
    await writeFilePlainly(join(folder, 'heatmaps', `${name}.png`), await heatmapPng(image, cut(frame, width, content), content, scale));
  }
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  await writeFilePlainly(join(folder, 'heatmaps', 'scale.json'), json({ from: 0, ...scale, pictures: Object.keys(pictures) }));
  await writeFilePlainly(join(folder, 'scores.csv'), scoresCsv(samples, scores, threshold));
  if (contamination !== undefined) await writeFilePlainly(join(folder, 'contamination.json'), contamination);
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

/** A method's picture may have a size of its own: then it stays whole. */
function withoutPadding(picture: Pixels, framing: Framing, row: number): Pixels {
  const { size } = framing.preparation;
  if (picture.width !== size.width || picture.height !== size.height) return picture;
  const { x, y, width, height } = contentOf(framing, row);
  return { width, height, channels: picture.channels, data: cut(picture.data, picture.width, { x, y, width, height }, picture.channels) };
}

/** A picture of a sample that `writeDetection` has written, in colour; nothing where the method has none. */
export async function readPicture(folder: string, picture: string, sample: Sample): Promise<Pixels | undefined> {
  const png = await fs.readFile(join(folder, folderOf(picture), `${sample.id}.png`)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  return png && decodePng(png);
}

function scoresCsv(samples: readonly Sample[], scores: Float64Array, threshold: number): string {
  const rows = samples.map(({ path, kind }, i) => [path, kind, scores[i], scores[i]! >= threshold]);
  return `${Papa.unparse([['path', 'defect', 'score', 'anomalous'], ...rows], { newline: '\n' })}\n`;
}
