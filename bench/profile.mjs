// `node profile.mjs CASE [STEPS]`: where a training step of ours spends its time, by ONNX operator, as ONNX Runtime's profiler says. Each node costs
// some 20 µs more than without the profiler. Needs a build.
import { createBackend } from '@rddpm/backend/onnx';
import { train } from '@rddpm/trainer';
import { profiler } from './profiler.mjs';
import { trainingCase } from './training-case.mjs';

const WARM_UP = 3;
const [name, steps = '8'] = process.argv.slice(2);
const { compile, nodes } = profiler();
const backend = { ...(await createBackend()), compile };
for await (const _ of train({ ...trainingCase(name, backend), steps: Number(steps) + WARM_UP, checkpointEvery: 1e9 }));
const operators = {};
for (const { operator, milliseconds } of nodes(WARM_UP)) {
  operators[operator] ??= { ms: 0, nodes: 0 };
  operators[operator].ms += milliseconds.reduce((sum, ms) => sum + ms, 0) / Number(steps);
  operators[operator].nodes += milliseconds.length / Number(steps);
}
const total = Object.values(operators).reduce((sum, { ms }) => sum + ms, 0);
const rows = Object.entries(operators).sort(([, a], [, b]) => b.ms - a.ms);
const table = rows.map(([operator, { ms, nodes }]) => ({
  operator,
  ms: +ms.toFixed(1),
  share: +(ms / total).toFixed(3),
  nodes: Math.round(nodes),
}));
console.log(JSON.stringify({ case: name, msPerStep: +total.toFixed(1), operators: table.filter(({ share }) => share >= 0.005) }));
process.exit();
