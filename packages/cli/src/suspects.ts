/** Which training images look defective to the finished network: scores of all, maps of those that pages show. */
import fs from 'node:fs/promises';
import { basename, join } from 'node:path';
import { toTensors } from '@rddpm/core';
import { folderSource } from '@rddpm/data/node';
import { createConfiguredDetector, createSelection, pickImages, type SelectionConfig, trainingRng } from '@rddpm/diffusion';
import { type RatedImage, type Suspects, selectSuspects, suspectsCsv, suspectsPage } from '@rddpm/report';
import { createNoise, createSchedule } from '@rddpm/scheduler/config';
import { mapName, readMap } from '@rddpm/study';
import { selectImages } from '@rddpm/trainer';
import { dispose } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { writeFileAtomically } from './atomic-file.ts';
import { detectAll } from './detect-images.ts';
import { readThreshold, writeDetection } from './detection-folder.ts';
import { note, throwIfInterrupted } from './io.ts';
import { readTextIfThere } from './maybe-there.ts';
import { loadModel } from './model-folder.ts';
import { parseJson } from './parse-json.ts';
import { runPaths, writeJson } from './run-folder.ts';
import type { TrainRunOptions } from './train-run-options.ts';

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
      /** Whether the image is one of those that were moved in; left out where none were, so that nobody knows. */
      contaminated: z.boolean().optional(),
    }),
  ),
});

/** Scores the training images with the model in the folder, and writes `suspects.csv`, `suspects.html` and what they are made from. */
export async function writeSuspects(options: TrainRunOptions, selectionConfig: SelectionConfig): Promise<void> {
  const { run, config, training, backend, context } = options;
  const { suspects: folder, suspectsCsv: csv, suspectsPage: page, model } = runPaths(run);
  await fs.rm(csv, { force: true }); // written last: with it the others are complete
  const { network, weights, info } = await loadModel(model);
  const selection = createSelection(selectionConfig);
  throwIfInterrupted(context);
  const { scores, kept, cutoff } = await selectImages({
    network,
    weights,
    selection,
    backend,
    images: training.images,
    schedule: createSchedule(info.diffusion.schedule),
    prediction: info.diffusion.prediction,
    noise: createNoise(info.diffusion.noise),
    batchSize: config.training.batchSize,
    rng: trainingRng(config.seed),
  });
  const rated = training.samples.map(({ id, contaminant }, row) => ({
    row,
    name: id,
    score: scores[row]!,
    kept: kept[row] === 1,
    ...(config.data.contamination > 0 ? { contaminated: contaminant === true } : {}),
  }));

  const shown = shownOf(rated);
  const images = pickImages(
    training.images,
    shown.map(({ row }) => row),
  );
  const tensors = toTensors(weights);
  try {
    const detector = createConfiguredDetector({ ...info, network, weights: tensors, backend });
    const detection = await detectAll(detector, images, `${options.title}: suspects`, context);
    const samples = shown.map(({ row }) => training.samples[row]!);
    await writeDetection(folder, { samples, images, detection, threshold: info.threshold!.value }); // trained here, it has one
  } finally {
    dispose(tensors);
  }
  await writeJson(join(folder, 'scores.json'), {
    cutoff,
    rule: ruleOf(selectionConfig.keep),
    images: rated.map(({ row: _, ...image }) => image),
  });

  const found = await readSuspects(run, training);
  const facts = { 'training steps': `${config.training.steps}`, size: `${config.data.size} x ${config.data.size}`, loss: config.loss.name };
  await writeFileAtomically(page, suspectsPage({ suspects: found, title: basename(config.dataset), facts }));
  await writeFileAtomically(csv, suspectsCsv(found));
  note(context, `${rated.filter(({ kept }) => !kept).length} of ${rated.length} training images look defective: ${page}`);
}

/** What `writeSuspects` has left, with pictures of those that pages show. */
export async function readSuspects(run: string, { images, samples }: TrainRunOptions['training']): Promise<Suspects> {
  const { suspects: folder } = runPaths(run);
  const path = join(folder, 'scores.json');
  const { cutoff, rule, images: scored } = parseJson(scoresSchema, (await readTextIfThere(path)) ?? '', path);
  const [, height, width, channels] = images.shape as [number, number, number, number];
  const size = height * width * channels;
  const { decode } = folderSource(folder);
  const rated = scored.map((image, row) => ({ ...image, row }));
  const pictures = shownOf(rated).map(async ({ row }) => {
    const map = mapName(samples[row]!);
    const rebuilt = await fs.readFile(join(folder, 'reconstructions', map.replace(/npy$/, 'png')));
    return [
      row,
      {
        image: { width, height, data: images.data.subarray(row * size, (row + 1) * size) },
        map: await readMap(join(folder, 'maps', map)),
        reconstruction: await decode(rebuilt, { channels: 3, kernel: 'smooth' }),
      },
    ] as const;
  });
  const byRow = new Map(await Promise.all(pictures));
  return {
    cutoff,
    rule,
    threshold: await readThreshold(folder),
    images: rated.map(({ row, contaminated, ...image }) => ({
      ...image,
      ...(contaminated === undefined ? {} : { contaminated }),
      ...byRow.get(row),
    })),
  };
}

function shownOf<I extends RatedImage>(rated: readonly I[]): I[] {
  const { suspects, trusted } = selectSuspects(rated);
  return [...suspects, ...trusted];
}

/** How the cut-off is found, for people. */
function ruleOf(keep: SelectionConfig['keep']): string {
  if (typeof keep === 'number') return `the ${Number((100 * keep).toPrecision(3))} % that fit best are kept`;
  return { mad: 'median + 3 deviations (MAD)', gap: 'widest gap above the median', otsu: "Otsu's two groups" }[keep];
}
