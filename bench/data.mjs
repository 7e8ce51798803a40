// `npm run bench:data -- [--rounds 3] [--size 64] [--images 10000] [--case NAME]… [--json]`: a data set's images from files to memory, ours and PyTorch's with Pillow and two
// workers, in turn, each in a process of its own, start and imports included; and the memory of streams of many images. The data set is MVTec AD's bottle in $RDDPM_DATA.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preparePython } from '../scripts/python.mjs';
import { median } from './median.mjs';
import { print, readOptions } from './options.mjs';

const ALL = { load, stream, train };
const CLOSE = 5e-3; // Pillow rounds to bytes
const here = fileURLToPath(new URL('.', import.meta.url));
const bottle = join(process.env.RDDPM_DATA ?? resolve(here, '../../shared/data'), 'mvtec/bottle');
if (!existsSync(bottle)) throw new Error(`${bottle} is not there; name the folder of data sets in RDDPM_DATA`);

const { cases, rounds, json, size, images } = readOptions(ALL, { rounds: '3', size: '64', images: '10000' });
const python = preparePython();
const report = { measured: {} };
for (const name of cases) ALL[name]();
print(report, json);

/** Seconds and memory to have all images in memory; the files were read once before. */
function load() {
  const turn = { ours: () => ours('load'), theirs: () => measured(python, 'data.py', bottle, size) };
  turn.ours();
  const turns = Array.from({ length: rounds }, (_, round) => {
    const order = round % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours'];
    return Object.fromEntries(order.map((who) => [who, turn[who]()]));
  });
  const [{ ours: own, theirs }] = turns;
  if (own.images !== theirs.images || Math.abs(own.mean - theirs.mean) > CLOSE) {
    throw new Error(`both must read the same: ${JSON.stringify(turns[0])}`);
  }
  const of = (who, figure) => rounded(median(turns.map((turn) => turn[who][figure])));
  const ratio = (figure) => rounded(median(turns.map(({ ours, theirs }) => ours[figure] / theirs[figure])));
  report.secondsVsPyTorch = { withStart: ratio('wallSeconds'), withoutStart: ratio('seconds') };
  report.load = { images: own.images, seconds: of('ours', 'wallSeconds'), peakMegabytes: of('ours', 'peakMegabytes') };
  report.pytorch = { seconds: of('theirs', 'wallSeconds'), version: theirs.version };
  report.measured.load = turns;
}

function stream() {
  report.stream = ours('stream', images);
}

function train() {
  report.train = ours('train', images);
}

function ours(task, ...more) {
  return measured(process.execPath, 'ours-data.mjs', task, bottle, size, ...more);
}

function measured(...command) {
  const { status, stdout, stderr } = spawnSync(python, ['measure-child.py', ...command], {
    cwd: here,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}:\n${stderr}`);
  const { seconds, peakMegabytes, output } = JSON.parse(stdout);
  return { ...JSON.parse(output), wallSeconds: rounded(seconds), peakMegabytes: Math.round(peakMegabytes) };
}

function rounded(value) {
  return Number(value.toFixed(3));
}
