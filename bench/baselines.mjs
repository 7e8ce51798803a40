// `npm run bench:baselines -- [--set NAME]… [--method NAME]… [--seeds 3] [--out runs/baselines] [--tables]`: the methods and data sets of docs/baselines.md, and its tables. What is
// there is not made again, so that it may be stopped and started; --tables makes nothing. Data sets are in $RDDPM_DATA. The tables are written to stdout as Markdown.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const rddpm = join(root, 'packages/cli/bin/rddpm.js');
const data = process.env.RDDPM_DATA ?? resolve(root, '../shared/data');

const DIFFUSION = 'rddpm-concentrated';
const TRUSTING = ['variation', 'patch-gaussian', 'pca', 'padim', 'random-memory'];
const BLOCKS = {
  'no pretrained weights': [
    'mean-image',
    'variation',
    'variation-concentrated',
    'colour-gaussian',
    'colour-gaussian-concentrated',
    'patch-gaussian',
    'patch-gaussian-concentrated',
    'pca',
    'rpca',
    'ssd',
    DIFFUSION,
    `${DIFFUSION}+rpca`,
  ],
  'ImageNet features (EfficientNet-Lite0)': ['padim', 'padim-concentrated', 'random-memory', 'patchcore', 'softpatch'],
  'learnt from what diffusion trusts': TRUSTING.map((method) => `${method}@${DIFFUSION}`),
};
const METHODS = Object.values(BLOCKS).flat();

const OVERLAP = ['--overlap', '--contamination'];
const SETS = {
  'bottle, 20 %': { dataset: 'mvtec/bottle', options: [...OVERLAP, '0.2'], clean: 'bottle, clean' },
  'bottle, 20 %, no overlap': { dataset: 'mvtec/bottle', options: ['--contamination', '0.2'], clean: 'bottle, clean' },
  'bottle, clean': { dataset: 'mvtec/bottle', options: ['--contamination', '0'] },
  'fabric-02, 16 %': { dataset: 'aitex/fabric-02', options: [...OVERLAP, '0.16'], clean: 'fabric-02, clean' },
  'fabric-02, clean': { dataset: 'aitex/fabric-02', options: ['--contamination', '0'] },
  'plate, 20 %': { synthetic: 'plate', options: [...OVERLAP, '0.2'] },
  'grid, 20 %': { synthetic: 'grid', options: [...OVERLAP, '0.2'] },
  KolektorSDD: {
    dataset: 'ksdd',
    options: ['--folds', '4', '--contamination', 'natural', '--size', '48x128', '--channels', '1'],
    repeats: 'folds',
  },
};

/** 97.5 % quantiles of Student's t, by degrees of freedom. */
const STUDENT = [Number.NaN, 12.706, 4.303, 3.182, 2.776];

const { values } = parseArgs({
  options: {
    set: { type: 'string', multiple: true, default: Object.keys(SETS) },
    method: { type: 'string', multiple: true, default: METHODS },
    seeds: { type: 'string', default: '3' },
    out: { type: 'string', default: join(root, 'runs/baselines') },
    tables: { type: 'boolean', default: false },
  },
});
const unknown = values.set.find((name) => !(name in SETS));
if (unknown) throw new Error(`--set ${unknown}: the sets are ${Object.keys(SETS).join('; ')}`);
const repeats = Array.from({ length: Number(values.seeds) }, (_, i) => i);
if (!values.tables) for (const name of values.set) measure(name);
print(Object.fromEntries(values.set.map((name) => [name, scoresOf(name)])));

/** A folder for each fold; seeds share one. */
function foldersOf(name) {
  const folder = join(values.out, name.replaceAll(/[^\w]+/g, '-'));
  return SETS[name].repeats === 'folds' ? repeats.map((fold) => `${folder}-${fold}`) : [folder];
}

function measure(name) {
  const { dataset, synthetic, options, repeats: what } = SETS[name];
  const images = synthetic ? join(values.out, `synth-${synthetic}`) : join(data, dataset);
  if (synthetic && !existsSync(images)) run('synth', images, '--kind', synthetic, '--size', '64');
  foldersOf(name).forEach((out, i) => {
    const repeat = what === 'folds' ? ['--fold', `${repeats[i]}`] : ['--seed', repeats.join()];
    run('benchmark', images, ...options, ...repeat, '--methods', values.method.join(), '--out', out, '--resume');
  });
}

function run(...args) {
  console.error(`rddpm ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [rddpm, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`rddpm ${args[0]} ended with ${status}`);
}

/** By method, the scores of each repeat: of all cells that are finished, whenever they were made. */
function scoresOf(name) {
  const cells = foldersOf(name).flatMap((folder, i) => {
    const runs = existsSync(folder) ? readdirSync(folder) : [];
    const finished = runs.map((run) => join(folder, run, 'results.json')).filter((file) => existsSync(file));
    return finished.map((file) => {
      const [cell] = JSON.parse(readFileSync(file, 'utf8')).cells;
      return { ...cell, repeat: SETS[name].repeats ? i : cell.seed };
    });
  });
  const ofMethod = (method) => new Map(cells.flatMap((cell) => (cell.method === method ? [[cell.repeat, cell]] : [])));
  return Object.fromEntries(METHODS.map((method) => [method, ofMethod(method)]));
}

function print(scores) {
  const figures = {
    'Pixel AP': ({ pixel }) => pixel.averagePrecision,
    'Image AUROC': ({ image }) => image.auroc,
    'Pixel AUROC': ({ pixel }) => pixel.auroc,
    'AU-PRO 0.3': ({ pixel }) => pixel.auPro30,
  };
  for (const [title, figure] of Object.entries(figures)) {
    const line = (method) => values.set.map((set) => withInterval(scores[set][method], figure) + foldsOf(set, scores[set][method]));
    table(
      title,
      values.set,
      Object.entries(BLOCKS).flatMap(([block, methods]) => [[`**${block}**`], ...methods.map((method) => [method, ...line(method)])]),
    );
  }
  const gains = TRUSTING.map((method) => [
    method,
    ...values.set.map((set) => paired(scores[set][`${method}@${DIFFUSION}`], scores[set][method], figures['Pixel AP'])),
  ]);
  table('Pixel AP, gained by learning from what diffusion trusts', values.set, gains);
  const contaminated = values.set.filter((set) => SETS[set].clean in scores);
  const losses = METHODS.map((method) => [
    method,
    ...contaminated.map((set) => paired(scores[set][method], scores[SETS[set].clean][method], figures['Pixel AP'])),
  ]);
  table('Pixel AP, contaminated less clean', contaminated, losses);
}

/** Rows and columns without numbers are left out. */
function table(title, columns, rows) {
  const shown = columns.flatMap((_, i) => (rows.some((row) => row[i + 1]) ? [i + 1] : []));
  const line = (fields) => `| ${[0, ...shown].map((i) => fields[i] ?? '').join(' | ')} |`;
  const filled = rows.filter((row) => row.length === 1 || row.some((field, i) => i > 0 && field));
  console.log([`### ${title}\n`, line(['', ...columns]), line(['', ...columns].map(() => '---')), ...filled.map(line), ''].join('\n'));
}

/** Folds differ more than methods do: a number of some of them says which. */
function foldsOf(set, cells) {
  if (SETS[set].repeats !== 'folds' || cells.size === 0 || cells.size === repeats.length) return '';
  return ` (fold ${[...cells.keys()].join(', ')})`;
}

/** Differences of the repeats that both have. */
function paired(ours, others, figure) {
  const both = [...ours].filter(([repeat]) => others.has(repeat));
  const differences = new Map(both.map(([repeat, cell]) => [repeat, figure(cell) - figure(others.get(repeat))]));
  return withInterval(differences, (difference) => difference, true);
}

/** Mean and half of the 95 % interval, by Student's t over repeats: `.712 ± .017`. */
function withInterval(cells, figure, signed = false) {
  const numbers = [...cells.values()].map(figure);
  const n = numbers.length;
  if (n === 0) return '';
  const mean = numbers.reduce((sum, value) => sum + value, 0) / n;
  const text = `${signed && mean >= 0 ? '+' : ''}${short(mean)}`;
  if (n === 1) return text;
  const deviation = Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  return `${text} ± ${short((STUDENT[n - 1] * deviation) / Math.sqrt(n))}`;
}

function short(value) {
  return value.toFixed(3).replace(/^(-?)0\./, '$1.');
}
