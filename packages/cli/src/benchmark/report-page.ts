/** A benchmark's page. Curves and pictures come from the cells' folders, so that a run that was cut off shows all of them, too. */
import fs from 'node:fs/promises';
import { join } from 'node:path';
import type { Sample } from '@rddpm/core/contracts';
import { folderSource } from '@rddpm/data/node';
import { imageScore } from '@rddpm/maps';
import { type Gallery, type GalleryMethod, htmlReport, type MethodCurves, type Results } from '@rddpm/report';
import { evaluateImages, mapName, readMap, type TestSet } from '@rddpm/study';
import { readThreshold } from '../detection-folder.ts';
import type { Context } from '../io.ts';
import type { RunConfig } from '../run-config.ts';
import { runPaths } from '../run-folder.ts';
import { readSuspects } from '../suspects.ts';
import { loadRound } from './round.ts';

export type FinishedCell = { readonly run: string; readonly config: RunConfig; readonly results: Results };

/** With several contaminations or seeds, the curves and pictures are those of the first. */
export async function reportPage(
  input: { results: Results; cells: readonly FinishedCell[]; command: string },
  context: Context,
): Promise<string> {
  const { results, cells, command } = input;
  const { config } = cells[0]!;
  const shown = cells.filter((cell) => cell.config.seed === config.seed && cell.config.data.contamination === config.data.contamination);
  const { test, training } = await loadRound(config, { ...context, quiet: true });
  const columns = await Promise.all(
    shown.map(async (cell) => ({ ...cell, name: nameOf(cell), detections: await readDetections(cell, test.samples) })),
  );
  const selecting = columns.filter(({ config }) => config.selection);
  return htmlReport({
    results,
    command,
    curves: columns.map(({ name, detections }) => curvesOf(name, detections, test)),
    gallery: await galleryOf(columns, test),
    suspects: await Promise.all(selecting.map(async ({ run, name }) => ({ method: name, ...(await readSuspects(run, training)) }))),
  });
}

type Column = { run: string; name: string; detections: readonly GalleryMethod[] };

const nameOf = ({ results }: FinishedCell) => results.methods[0]!.name;

async function readDetections({ run }: FinishedCell, samples: readonly Sample[]): Promise<GalleryMethod[]> {
  const { detection } = runPaths(run);
  const { decode } = folderSource(detection);
  return Promise.all(
    samples.map(async (sample) => {
      const map = await readMap(join(detection, 'maps', mapName(sample)));
      const png = await fs.readFile(join(detection, 'reconstructions', mapName(sample).replace(/npy$/, 'png')));
      return { map, reconstruction: await decode(png, { channels: 3, kernel: 'smooth' }), score: imageScore(map.data) };
    }),
  );
}

async function curvesOf(method: string, detections: readonly GalleryMethod[], { samples, masks }: TestSet): Promise<MethodCurves> {
  const [, height, width] = masks.shape as [number, number, number];
  const pixels = height * width;
  const { curves } = await evaluateImages(
    samples.map(({ path, kind, anomalous = false }, i) => {
      const { map, score } = detections[i]!;
      return {
        path,
        kind,
        anomalous,
        width,
        height,
        map: map.data,
        mask: masks.data.subarray(i * pixels, (i + 1) * pixels),
        score: score!,
      };
    }),
  );
  return { method, ...curves() };
}

async function galleryOf(columns: readonly Column[], { samples, images, masks }: TestSet): Promise<Gallery> {
  const [, height, width, channels] = images.shape as [number, number, number, number];
  const row = <A extends Float32Array | Uint8Array>(data: A, i: number, size: number) => data.subarray(i * size, (i + 1) * size);
  const thresholds = columns.map(async ({ name, run }) => [name, await readThreshold(runPaths(run).detection)] as const);
  return {
    samples: samples.map(({ id, kind, anomalous }, i) => ({
      name: id,
      defect: kind,
      image: { width, height, data: row(images.data, i, width * height * channels) },
      ...(anomalous ? { mask: { width, height, data: row(masks.data, i, width * height) } } : {}),
      methods: Object.fromEntries(columns.map(({ name, detections }) => [name, detections[i]!])),
    })),
    thresholds: Object.fromEntries(await Promise.all(thresholds)),
  };
}
