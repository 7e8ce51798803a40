/** A study's page. Curves and pictures come from the cells' folders, so that one that was cut off shows all of them, too. */
import { join } from 'node:path';
import type { Sample } from '@rddpm/core/contracts';
import { folderSource } from '@rddpm/data/node';
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
import type { RunConfig } from '../run/run-config.ts';
import { runPaths } from '../run/run-folder.ts';
import { suspectsOf } from '../run/suspects.ts';
import type { TestSet } from '../score-detection.ts';
import { openRound, scoringShape } from './round.ts';

export type FinishedCell = {
  readonly run: string;
  /** Of the row. */
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
  const round = await openRound(config, registry, { ...reporter, warn() {} }); // what is broken was said before
  const images = await round.images('test', scoringShape(config));
  const masks = await round.masks(images);
  const columns = await Promise.all(shown.map(async (cell) => ({ ...cell, detections: await readDetections(cell, images.samples) })));
  const suspects = columns.map(async ({ run, name, method, config }): Promise<MethodSuspects[]> => {
    const found = await suspectsOf(run, () => round.images('train', method.input(config.config, scoringShape(config))));
    return found ? [{ method: name, ...found }] : [];
  });
  return htmlReport({
    results,
    command,
    curves: await Promise.all(columns.map(({ name, detections }) => curvesOf(name, detections, { samples: images.samples, masks }))),
    gallery: await galleryOf(columns, images, masks),
    suspects: (await Promise.all(suspects)).flat(),
  });
}

type Column = Pick<FinishedCell, 'run' | 'name'> & { readonly detections: readonly GalleryMethod[] };

async function readDetections({ run }: FinishedCell, samples: readonly Sample[]): Promise<GalleryMethod[]> {
  const { detection } = runPaths(run);
  const { decode } = folderSource(detection);
  return Promise.all(
    samples.map(async (sample) => {
      const map = await readMap(join(detection, 'maps', mapName(sample)));
      const reconstruction = await readPicture(detection, 'reconstruction', sample, decode);
      return { map, ...(reconstruction && { reconstruction }), score: imageScore(map.data) };
    }),
  );
}

async function curvesOf(
  method: string,
  detections: readonly GalleryMethod[],
  { samples, masks }: Pick<TestSet, 'samples' | 'masks'>,
): Promise<MethodCurves> {
  const [, height, width] = masks.shape as [number, number, number];
  const pixels = height * width;
  const { curves } = await evaluateImages(
    samples.map(({ path, kind, anomalous = false }, i) => {
      const { map, score } = detections[i]!;
      const mask = masks.data.subarray(i * pixels, (i + 1) * pixels);
      return { path, kind, anomalous, width, height, map: map.data, mask, score: score! };
    }),
  );
  return { method, ...curves() };
}

async function galleryOf(columns: readonly Column[], { samples, set }: ImageSet, masks: NdArray<Uint8Array>): Promise<Gallery> {
  const [height, width] = set.shape;
  const pixels = height * width;
  const thresholds = columns.map(async ({ name, run }) => [name, await readThreshold(runPaths(run).detection)] as const);
  const shown = samples.map(async ({ id, kind, anomalous }, i) => ({
    name: id,
    defect: kind,
    normal: anomalous === false,
    image: { width, height, data: (await set.read(Int32Array.of(i))).values.data },
    ...(anomalous ? { mask: { width, height, data: masks.data.subarray(i * pixels, (i + 1) * pixels) } } : {}),
    methods: Object.fromEntries(columns.map(({ name, detections }) => [name, detections[i]!])),
  }));
  return { samples: await Promise.all(shown), thresholds: Object.fromEntries(await Promise.all(thresholds)) };
}
