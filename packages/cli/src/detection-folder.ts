/** What `rddpm detect` leaves: maps, masks, reconstructions, heat maps and scores, all of one detection or none. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageBatch } from '@rddpm/core';
import type { Sample } from '@rddpm/core/contracts';
import type { Detection } from '@rddpm/detector';
import { binaryMask } from '@rddpm/maps';
import { encodeNpy } from '@rddpm/study';
import { z } from 'zod';
import { writeFilePlainly } from './atomic-file.ts';
import { heatmapPng, heatScale } from './heatmap.ts';
import { parseJson } from './parse-json.ts';
import { encodePng, toBytes } from './png.ts';

const ENTRIES = ['maps', 'masks', 'reconstructions', 'heatmaps', 'scores.csv', 'contamination.json'];

export type DetectionFiles = {
  readonly samples: readonly Sample[];
  readonly images: ImageBatch;
  readonly detection: Detection;
  readonly threshold: number;
  /** The run's `contamination.json`, for `evaluate`; left out where no image left the test set. */
  readonly contamination?: unknown;
};

/** Everything is written beside its place first, then moved there: what an earlier detection left is replaced as a whole. */
export async function writeDetection(folder: string, files: DetectionFiles): Promise<void> {
  const partial = join(folder, `.partial-${process.pid}`);
  try {
    await writeAll(partial, files);
    for (const entry of ENTRIES) {
      await fs.rm(join(folder, entry), { recursive: true, force: true });
      await fs.rename(join(partial, entry), join(folder, entry)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
  } finally {
    await fs.rm(partial, { recursive: true, force: true });
  }
}

async function writeAll(folder: string, { samples, images, detection, threshold, contamination }: DetectionFiles): Promise<void> {
  const [, size, , channels] = images.shape as [number, number, number, 1 | 3];
  const { maps, reconstructions, scores } = detection;
  const masks = binaryMask(maps, threshold).data.map((marked) => 255 * marked);
  const scale = heatScale(maps.data, threshold);
  for (const [i, { id: name }] of samples.entries()) {
    const ofMap = [i * size * size, (i + 1) * size * size] as const;
    const map = maps.data.subarray(...ofMap);
    const rowOf = (batch: ImageBatch) => batch.data.subarray(i * size * size * channels, (i + 1) * size * size * channels);
    const square = { width: size, height: size };
    await writeFilePlainly(join(folder, 'maps', `${name}.npy`), encodeNpy({ shape: [size, size], data: map }));
    await writeFilePlainly(
      join(folder, 'masks', `${name}.png`),
      await encodePng({ ...square, channels: 1, data: masks.subarray(...ofMap) }),
    );
    await writeFilePlainly(
      join(folder, 'reconstructions', `${name}.png`),
      await encodePng({ ...square, channels, data: toBytes(rowOf(reconstructions)) }),
    );
    await writeFilePlainly(join(folder, 'heatmaps', `${name}.png`), await heatmapPng(rowOf(images), map, size, scale));
  }
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  await writeFilePlainly(join(folder, 'heatmaps', 'scale.json'), json({ from: 0, ...scale }));
  await writeFilePlainly(join(folder, 'scores.csv'), scoresCsv(samples, scores, threshold));
  if (contamination !== undefined) await writeFilePlainly(join(folder, 'contamination.json'), json(contamination));
}

/** Of a folder that `writeDetection` has written. */
export async function readThreshold(folder: string): Promise<number> {
  const path = join(folder, 'heatmaps', 'scale.json');
  return parseJson(z.looseObject({ threshold: z.number() }), await fs.readFile(path, 'utf8'), path).threshold;
}

function scoresCsv(samples: readonly Sample[], scores: Float64Array, threshold: number): string {
  const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = samples.map(({ path, kind }, i) => [quote(path), quote(kind), scores[i], scores[i]! >= threshold].join(','));
  return `${['path,defect,score,anomalous', ...rows].join('\n')}\n`;
}
