/** A study's page. Curves and pictures are read from the cells' folders, so that the page of a study that went on after a stop shows those of earlier cells, too. */
import { join } from 'node:path';
import { cut } from '@rddpm/data';
import { imageScore } from '@rddpm/maps';
import { type Gallery, type GalleryMethod, htmlReport, type MethodCurves, type MethodSuspects, type Results } from '@rddpm/report';
import type { NdArray } from 'ndarray';
import { evaluateImages } from '../evaluation/evaluate-images.ts';
import { mapName } from '../maps/map-folder.ts';
import { readMap } from '../maps/read-map.ts';
import type { Registry } from '../registry.ts';
import type { Reporter } from '../reporter.ts';
import type { ImageSet } from '../run/data-set.ts';
import { readPicture, readThreshold } from '../run/detection-folder.ts';
import { contentOf, contentOfMap } from '../run/frames.ts';
import { scoringPreparation } from '../run/preparation.ts';
import type { RunConfig } from '../run/run-config.ts';
import { runPaths } from '../run/run-folder.ts';
import { suspectsOf } from '../run/suspects.ts';
import { type Masks, openRound, trainingImages } from './round.ts';

export type FinishedCell = {
  readonly run: string;
  /** The row's name. */
  readonly name: string;
  readonly config: RunConfig;
  readonly results: Results;
  readonly method: Registry['methods'][number];
};

/** With several contaminations or seeds, the curves and pictures are those of the first. */
export async function reportPage(
  input: { results: Results; cells: readonly FinishedCell[]; command: string; registry: Registry },
  reporter: Reporter,
): Promise<string> {
  const { results, cells, command, registry } = input;
  const { config } = cells[0]!;
  const shown = cells.filter((cell) => cell.config.seed === config.seed && cell.config.data.contamination === config.data.contamination);
  const round = await openRound(config, registry, { ...reporter, warn() {} }); // broken files were warned of when the cells were run
  const images = await round.images('test', scoringPreparation(config));
  const { masks, isMasked } = await round.masks(images);
  const columns = await Promise.all(shown.map(async (cell) => ({ ...cell, detections: await readDetections(cell, images) })));
  const suspects = columns.map(async ({ run, name, method, config }): Promise<MethodSuspects[]> => {
    const found = await suspectsOf(run, () => trainingImages(round, method, config));
    return found ? [{ method: name, ...found }] : [];
  });
  return htmlReport({
    results,
    command,
    curves: await Promise.all(columns.map(({ name, detections }) => curvesOf(name, detections, images, masks))),
    gallery: await galleryOf(columns, images, { masks, isMasked }),
    suspects: (await Promise.all(suspects)).flat(),
  });
}

type Column = Pick<FinishedCell, 'run' | 'name'> & { readonly detections: readonly GalleryMethod[] };

async function readDetections({ run }: FinishedCell, images: ImageSet): Promise<GalleryMethod[]> {
  const { detection } = runPaths(run);
  return Promise.all(
    images.samples.map(async (sample, i) => {
      const map = contentOfMap(images, i, await readMap(join(detection, 'maps', mapName(sample))));
      const reconstruction = await readPicture(detection, 'reconstruction', sample);
      return { map, ...(reconstruction && { reconstruction }), score: imageScore(map.data) };
    }),
  );
}

async function curvesOf(
  method: string,
  detections: readonly GalleryMethod[],
  images: ImageSet,
  masks: NdArray<Uint8Array>,
): Promise<MethodCurves> {
  const { curves } = await evaluateImages(
    images.samples.map(({ path, kind, anomalous = false }, i) => {
      const { map, score } = detections[i]!;
      const { width, height, data } = maskOf(images, masks, i);
      return { path, kind, anomalous, width, height, map: map.data, mask: data, score: score! };
    }),
  );
  return { method, ...curves() };
}

/** Without padding. */
function maskOf(images: ImageSet, masks: NdArray<Uint8Array>, i: number) {
  const [, height, width] = masks.shape as [number, number, number];
  const content = contentOf(images, i);
  const data = cut(masks.data.subarray(i * height * width, (i + 1) * height * width), width, content);
  return { width: content.width, height: content.height, data };
}

async function galleryOf(columns: readonly Column[], images: ImageSet, { masks, isMasked }: Masks): Promise<Gallery> {
  const { samples, set } = images;
  const [, width, channels] = set.shape;
  const thresholds = columns.map(async ({ name, run }) => [name, await readThreshold(runPaths(run).detection)] as const);
  const shown = samples.map(async ({ id, kind, anomalous }, i) => {
    const content = contentOf(images, i);
    const { values } = await set.read(Int32Array.of(i));
    return {
      name: id,
      defect: kind,
      normal: anomalous === false,
      image: { width: content.width, height: content.height, data: cut(values.data, width, content, channels) },
      ...(anomalous && isMasked ? { mask: maskOf(images, masks, i) } : {}),
      methods: Object.fromEntries(columns.map(({ name, detections }) => [name, detections[i]!])),
    };
  });
  return { samples: await Promise.all(shown), thresholds: Object.fromEntries(await Promise.all(thresholds)) };
}
