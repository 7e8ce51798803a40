// `npm run bench:detect -- [--rounds 3] [--case NAME]… [--json]`: our detection against PyTorch's, in turn, in one run, at equal evaluations of
// the network. Ratios are medians over rounds of our time per image over theirs.
import cases from './cases.json' with { type: 'json' };
import { compare } from './in-turn.mjs';
import { print, readOptions } from './options.mjs';

const { json, ...options } = readOptions(cases.detect, { rounds: '3', steps: '1' });
const figures = { imagesPerSecond: 'detectionVsPyTorch' };
print(compare('detect', { ...options, figures, speed: 'imagesPerSecond', isRate: true }), json);
