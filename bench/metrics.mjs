// `npm run bench:metrics -- [--rounds 1] [--pixels 100000000] [--case NAME]… [--json]`: ours and Python's pixel metrics of the same files, in turn,
// each in a process of its own, with memory above the input. Values that differ end the run. At 1e8 pixels Python needs 6 GB of memory; 2 GB of temporary files.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { preparePython } from '../scripts/python.mjs';
import { median } from './median.mjs';
import { print, readOptions } from './options.mjs';

const ALL = { ranking, regions, evaluate };
const RANKING = ['auroc', 'averagePrecision', 'f1Max', 'f1MaxThreshold'];
const REGIONS = ['auPro30', 'auPro05'];
const CLOSE = 1e-9;
const BOTTLE = { normal: 20, defective: 63, size: 900 };
const here = fileURLToPath(new URL('.', import.meta.url));
const rddpm = fileURLToPath(new URL('../packages/cli/bin/rddpm.js', import.meta.url));

const { cases, rounds, json, ...options } = readOptions(ALL, { rounds: '1', pixels: '100000000' });
const pixels = Number(options.pixels);
const python = preparePython();
const temporary = mkdtempSync(join(tmpdir(), 'rddpm-metrics-'));
const report = { ratios: {}, peakMegabytesAboveInput: {}, differences: {}, measured: {} };
try {
  for (const name of cases) await ALL[name]();
} finally {
  rmSync(temporary, { recursive: true });
}
const { ranking: ranked, regions: scored } = report.measured;
if (ranked && scored) report.ratios.regionsVsRankingPerPixel = rounded(secondsPerPixel(scored) / secondsPerPixel(ranked));
print(report, json);

/** AUROC, average precision and best F1 of independent pixels in images of a megapixel; before that, of few pixels with many ties. */
function ranking() {
  const small = makeFolder('ties');
  runPython('make-ranking', small, 2, 500, 1000, 1 / 64);
  differences(RANKING, ours('ranking', small), runPython('ranking', small));

  const folder = makeFolder('ranking');
  const images = Math.max(1, Math.round(pixels / 1e6));
  runPython('make-ranking', folder, images, Math.max(1, Math.round(pixels / images / 1000)), 1000);
  compare('ranking', folder, RANKING, 'rankingVsSklearn');
  rmSync(folder, { recursive: true });
}

/** AU-PRO up to two limits; ours has everything else with it. */
function regions() {
  compare('regions', bottle(), REGIONS, 'auProVsReference');
}

/** The whole command on files, and whether it says what the functions say. */
async function evaluate() {
  const folder = bottle();
  const [maps, dataset] = [join(temporary, 'maps'), join(temporary, 'bottle')];
  runPython('save-maps', folder, maps);
  await writeDataset(folder, dataset);
  const turns = [];
  for (let round = 0; round < rounds; round++) {
    const { output, ...turn } = run(python, ['measure-child.py', process.execPath, rddpm, 'evaluate', maps, dataset, '--json']);
    turns.push({ ...turn, values: JSON.parse(output).pixel });
  }
  differences([...REGIONS, 'auroc', 'averagePrecision', 'f1Max'], turns[0], ours('regions', folder));
  const of = (field) => rounded(median(turns.map((turn) => turn[field])));
  report.evaluate = { seconds: of('seconds'), peakMegabytes: of('peakMegabytes') };
  report.measured.evaluate = turns;
  console.error(`evaluate: ${report.evaluate.seconds} s, ${report.evaluate.peakMegabytes} MB`);
}

function compare(name, folder, fields, ratio) {
  const turns = [];
  for (let round = 0; round < rounds; round++) {
    const turn = { ours: () => ours(name, folder), theirs: () => runPython(name, folder) };
    const order = round % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours'];
    turns.push(Object.fromEntries(order.map((who) => [who, turn[who]()])));
  }
  const of = (who, field) => rounded(median(turns.map((turn) => turn[who][field])));
  const { images, height, width } = JSON.parse(readFileSync(join(folder, 'data.json'), 'utf8'));
  report.differences[name] = differences(fields, turns[0].ours, turns[0].theirs);
  report.ratios[ratio] = rounded(median(turns.map((turn) => turn.ours.seconds / turn.theirs.seconds)));
  report.peakMegabytesAboveInput[name] = { ours: of('ours', 'peakMegabytesMore'), theirs: of('theirs', 'peakMegabytesMore') };
  report.measured[name] = { pixels: images * height * width, rounds: turns };
  console.error(`${name}: ${of('ours', 'seconds')} s, theirs ${of('theirs', 'seconds')} s`);
}

/** By field, ours less theirs; an error where one is larger than CLOSE. */
function differences(fields, { values: ours }, { values: theirs }) {
  const found = Object.fromEntries(fields.map((field) => [field, ours[field] - theirs[field]]));
  const wrong = fields.find((field) => !(Math.abs(found[field]) <= CLOSE));
  if (wrong) throw new Error(`${wrong}: ours is ${ours[wrong]}, theirs ${theirs[wrong]}; they may differ by ${CLOSE}`);
  return found;
}

function secondsPerPixel({ pixels, rounds }) {
  return median(rounds.map(({ ours }) => ours.seconds)) / pixels;
}

/** The folder of as many images as MVTec AD's bottle has for testing, with blobs for defects, made once. */
function bottle() {
  const folder = join(temporary, 'regions');
  if (mkdirSync(folder, { recursive: true })) runPython('make-regions', folder, ...Object.values(BOTTLE));
  return folder;
}

/** The images and masks that belong to the maps, in MVTec AD layout; on the images one sees the maps. */
async function writeDataset(folder, dataset) {
  const { normal, defective, size } = BOTTLE;
  const raw = { width: size, height: size, channels: 1 };
  const scores = new Float32Array(readFileSync(join(folder, 'scores.f32')).buffer);
  const labels = readFileSync(join(folder, 'labels.u8'));
  for (const part of ['train/good', 'test/good', 'test/blobs', 'ground_truth/blobs']) mkdirSync(join(dataset, part), { recursive: true });
  for (let i = 0; i < normal + defective; i++) {
    const [from, to] = [i * size ** 2, (i + 1) * size ** 2];
    const [defect, number] = i < normal ? ['good', i] : ['blobs', i - normal];
    const stem = String(number).padStart(3, '0');
    const picture = sharp(
      Uint8ClampedArray.from(scores.subarray(from, to), (score) => 128 + 24 * score),
      { raw },
    ).toColourspace('srgb');
    await picture.png().toFile(join(dataset, 'test', defect, `${stem}.png`));
    if (i === 0) await picture.png().toFile(join(dataset, 'train', 'good', '000.png'));
    if (i < normal) continue;
    const mask = labels.subarray(from, to).map((label) => label * 255);
    await sharp(mask, { raw })
      .toColourspace('b-w')
      .png()
      .toFile(join(dataset, 'ground_truth', defect, `${stem}_mask.png`));
  }
}

function makeFolder(name) {
  const folder = join(temporary, name);
  mkdirSync(folder);
  return folder;
}

function ours(...args) {
  return run(process.execPath, ['ours-metrics.mjs', ...args]);
}

function runPython(...args) {
  return run(python, ['metrics.py', ...args]);
}

/** @returns What the last line of its output says, in JSON; undefined without output. */
function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args.map(String), { cwd: here, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stderr}`);
  const last = stdout.trim().split('\n').at(-1);
  return last ? JSON.parse(last) : undefined;
}

function rounded(value) {
  return Number(value.toPrecision(3));
}
