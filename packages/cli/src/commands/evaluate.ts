import { resolve } from 'node:path';
import { FormatError } from '@rddpm/core';
import { type FileSource, GOOD, loadMasks, parseMvtec, type Sample } from '@rddpm/mvtec';
import { folderSource } from '@rddpm/mvtec/node';
import type { Metric, Scores } from '@rddpm/report';
import type { Command } from 'commander';
import { assertGates, type Gate, parseGate } from '../gates.ts';
import { type Context, note, printResult, throwIfInterrupted } from '../io.ts';
import { leftOutOf } from '../left-out.ts';
import { findMapFolder, pairMaps } from '../maps/map-folder.ts';
import { readMap } from '../maps/read-map.ts';
import { wholeNumber } from '../options.ts';
import { startProgress } from '../progress.ts';
import { resizeMap } from '../resize-map.ts';
import { largest, type ScoredTestImage, scoreImages } from '../score.ts';

type Flags = { size?: number; min?: Gate[]; json?: boolean };

export function define(command: Command, context: () => Context): void {
  command
    .argument('<maps>', 'folder of maps, <defect>/<stem>.npy (float32 or float64), or what rddpm detect wrote')
    .argument('<dataset>', 'the data set that they belong to, in MVTec AD layout')
    .option('--size <pixels>', "score at this side length (default: each mask's own size)", wholeNumber(1))
    .option('--min <metric=value>', 'exit with 4 unless reached: auroc=0.9, image.auroc=0.95; repeatable', parseGate)
    .option('--json', 'one JSON object')
    .action((maps: string, dataset: string, flags: Flags) => evaluate(maps, dataset, flags, context()));
}

async function evaluate(maps: string, dataset: string, flags: Flags, context: Context): Promise<void> {
  const source = folderSource(resolve(context.cwd, dataset));
  const samples = await parseMvtec(source.list());
  const folder = resolve(context.cwd, maps);
  const leftOut = await leftOutOf(folder, source, samples);
  const test = samples.filter((sample) => sample.split === 'test' && !leftOut.has(sample.path));
  if (test.length === 0) throw new FormatError(`${dataset} has no test images to score`);
  if (leftOut.size > 0) note(context, `${leftOut.size} test images were trained on and have no map: they are left out`);
  const paths = await pairMaps(await findMapFolder(folder), test);
  const images = await readAll(source, test, paths, flags.size, context);
  const scores = scoreImages(images);
  printResult(context, flags.json ? JSON.stringify(scores) : table(scores, test));
  assertGates(flags.min ?? [], scores);
}

async function readAll(source: FileSource, test: readonly Sample[], paths: readonly string[], size: number | undefined, context: Context) {
  const images: ScoredTestImage[] = [];
  const progress = startProgress(context, { title: 'evaluate', total: test.length, unit: 'images' });
  try {
    for await (const masks of loadMasks(source, test, { batch: 1, ...(size === undefined ? {} : { size }) })) {
      throwIfInterrupted(context);
      const [, height, width] = masks.shape as [number, number, number];
      const map = await readMap(paths[images.length]!);
      const defective = test[images.length]!.defect !== GOOD;
      const resized = resizeMap(map.data, map, { width, height });
      images.push({ map: resized, mask: masks.data, width, height, defective, score: largest(map.data) });
      progress.update(images.length);
    }
  } finally {
    progress.stop();
  }
  return images;
}

function table({ pixel, image, undefined: reasons = {} }: Scores, test: readonly Sample[]): string {
  const row = (path: string, label: string, value: Metric) =>
    `${label.padEnd(24)}${value === null ? `undefined: ${reasons[path]}` : value.toFixed(4)}`;
  const defective = test.filter(({ defect }) => defect !== GOOD).length;
  return [
    row('pixel.auroc', 'pixel AUROC', pixel.auroc),
    row('pixel.averagePrecision', 'pixel AP', pixel.averagePrecision),
    row('pixel.auPro30', 'AU-PRO 0.3', pixel.auPro30),
    row('pixel.auPro05', 'AU-PRO 0.05', pixel.auPro05),
    row('pixel.f1Max', 'pixel F1-max', pixel.f1Max),
    row('pixel.prevalence', 'defective pixels', pixel.prevalence),
    row('image.auroc', 'image AUROC', image.auroc),
    row('image.averagePrecision', 'image AP', image.averagePrecision),
    '',
    `${test.length - defective} good and ${defective} defective images`,
  ].join('\n');
}
