// `pnpm bench:train [--rounds 3] [--steps 8] [--case NAME] [--json]`: our training step against PyTorch's, in turn, in one run.
// Ratios are medians over rounds of ours over theirs, PyTorch in the memory format that is faster for the case. Installs its own PyTorch.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import cases from './cases.json' with { type: 'json' };
import { median } from './median.mjs';

const TORCH = '2.13.0';
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '8' },
    case: { type: 'string', multiple: true, default: Object.keys(cases) },
    json: { type: 'boolean', default: false },
  },
});

const python = preparePython();
const figures = { stepMs: 'stepVsPyTorch', forwardMs: 'forwardVsPyTorch', peakMb: 'peakMemoryVsPyTorch' };
const ratios = Object.fromEntries(Object.values(figures).map((figure) => [figure, {}]));
const measured = {};
let versions = {};
for (const name of options.case) {
  const layout = fasterLayout(name);
  const rounds = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    const run = { ours: () => ours(name), theirs: () => theirs(name, layout) };
    const order = round % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours'];
    rounds.push(Object.fromEntries(order.map((who) => [who, run[who]()])));
  }
  for (const [key, figure] of Object.entries(figures)) {
    ratios[figure][name] = Number(median(rounds.map((round) => round.ours[key] / round.theirs[key])).toFixed(3));
  }
  versions = { ours: rounds[0].ours.version, theirs: rounds[0].theirs.version };
  measured[name] = { layout, rounds };
  console.error(`${name}: step ${ratios.stepVsPyTorch[name]}, forward ${ratios.forwardVsPyTorch[name]} (PyTorch ${layout})`);
}
const report = { ratios, versions, measured };
console.log(JSON.stringify(options.json ? report : { ratios, versions }, null, options.json ? 0 : 2));

function ours(name) {
  return run(process.execPath, ['ours.mjs', name, options.steps]);
}

function theirs(name, layout) {
  return run(python, ['pytorch.py', name, options.steps, layout]);
}

function fasterLayout(name) {
  const layouts = ['contiguous', 'channels_last'];
  const times = layouts.map((layout) => theirs(name, layout).stepMs);
  return layouts[times[0] <= times[1] ? 0 : 1];
}

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: fileURLToPath(new URL('.', import.meta.url)), encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** A virtual environment of the benchmark's own, made at the first run. */
function preparePython() {
  const folder = fileURLToPath(new URL('./.venv', import.meta.url));
  const python = `${folder}/bin/python`;
  const install = (command, args) => {
    const { status } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
  };
  if (!existsSync(python)) install('python3', ['-m', 'venv', folder]);
  const hasTorch = spawnSync(python, ['-c', `import torch; assert torch.__version__.startswith('${TORCH}')`]).status === 0;
  if (!hasTorch) install(python, ['-m', 'pip', 'install', '--quiet', `torch==${TORCH}`, 'numpy']);
  return python;
}
