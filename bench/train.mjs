// `npm run bench:train -- [--rounds 3] [--steps 8] [--case NAME]… [--json]`: our training step against PyTorch's, in turn, in one run.
// Ratios are medians over rounds of ours over theirs; shareOfSgemmPeak is the step's arithmetic per second over that of a large product of matrices.
import cases from './cases.json' with { type: 'json' };
import { compare } from './in-turn.mjs';
import { median } from './median.mjs';
import { print, readOptions } from './options.mjs';

const { json, ...options } = readOptions(cases.train, { rounds: '3', steps: '8' });
const figures = { stepMs: 'stepVsPyTorch', forwardMs: 'forwardVsPyTorch', peakMb: 'peakMemoryVsPyTorch' };
const { ratios, versions, measured } = compare('train', { ...options, figures, speed: 'stepMs' });
const shareOfSgemmPeak = Object.fromEntries(
  Object.entries(measured).map(([name, { rounds }]) => {
    const shares = rounds.map(({ ours, theirs }) => theirs.gflop / (ours.stepMs / 1000) / ours.sgemmGflops);
    return [name, Number(median(shares).toFixed(3))];
  }),
);
print({ ratios, shareOfSgemmPeak, versions, measured }, json);
