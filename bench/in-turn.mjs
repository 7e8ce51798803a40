// Ours and PyTorch's, in turn, in one run. PyTorch runs in the memory format that is faster for the case, and is installed at the first run.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { preparePython } from '../scripts/python.mjs';
import { median } from './median.mjs';

const LAYOUTS = ['contiguous', 'channels_last'];
const here = fileURLToPath(new URL('.', import.meta.url));

/**
 * @param kind 'train' or 'detect', which names ours-*.mjs.
 * @param options.cases Names of cases.
 * @param options.figures What is compared: the field of a measurement -> the name of its ratio, ours over theirs.
 * @param options.speed The field that says which memory format is faster: the larger, the faster if `isRate`, else the smaller.
 * @param options.isRate Rates are compared as times: theirs over ours.
 */
export function compare(kind, { cases, rounds, steps, figures, speed, isRate = false }) {
  const python = preparePython();
  const ours = (name) => run(process.execPath, [`ours-${kind}.mjs`, name, steps]);
  const theirs = (name, layout) => run(python, ['pytorch.py', kind, name, steps, layout]);
  const ratios = Object.fromEntries(Object.values(figures).map((figure) => [figure, {}]));
  const measured = {};
  let versions = {};
  for (const name of cases) {
    const trials = LAYOUTS.map((layout) => theirs(name, layout)[speed]);
    const layout = LAYOUTS[trials[0] < trials[1] === isRate ? 1 : 0];
    const turns = [];
    for (let round = 0; round < rounds; round++) {
      const turn = { ours: () => ours(name), theirs: () => theirs(name, layout) };
      const order = round % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours'];
      turns.push(Object.fromEntries(order.map((who) => [who, turn[who]()])));
    }
    for (const [field, figure] of Object.entries(figures)) {
      const ratio = median(turns.map((turn) => (isRate ? turn.theirs[field] / turn.ours[field] : turn.ours[field] / turn.theirs[field])));
      ratios[figure][name] = Number(ratio.toFixed(3));
    }
    versions = { ours: turns[0].ours.version, theirs: turns[0].theirs.version };
    measured[name] = { layout, rounds: turns };
    const line = Object.values(figures).map((figure) => `${figure} ${ratios[figure][name]}`);
    console.error(`${name}: ${line.join(', ')} (PyTorch ${layout})`);
  }
  return { ratios, versions, measured };
}

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: here, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}
