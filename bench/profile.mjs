// `node profile.mjs CASE [STEPS]`: where a training step of ours spends its time, by ONNX operator, as ONNX Runtime's profiler says. Each node costs
// some 20 µs more than without the profiler. Needs a build.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackend } from '@rddpm/backend/onnx';
import { compile } from '@rddpm/tfjs-onnx';
import { train } from '@rddpm/trainer';
import ort from 'onnxruntime-node';
import { trainingCase } from './training-case.mjs';

const WARM_UP = 3;
const [name, steps = '8'] = process.argv.slice(2);
const prefix = `rddpm-profile-${process.pid}`;
const sessions = [];
const runtime = {
  Tensor: ort.Tensor,
  InferenceSession: {
    async create(model, options) {
      const profiled = { enableProfiling: true, profileFilePrefix: join(tmpdir(), `${prefix}-${sessions.length}`) };
      const session = await ort.InferenceSession.create(model, { ...options, ...profiled });
      sessions.push(session);
      return session;
    },
  },
};
const backend = { ...(await createBackend()), compile: (fn) => compile(fn, { runtime, session: { intraOpNumThreads: 2 } }) };
for await (const _ of train({ ...trainingCase(name, backend), steps: Number(steps) + WARM_UP, checkpointEvery: 1e9 }));
sessions.at(-1).endProfiling();

const files = readdirSync(tmpdir()).filter((file) => file.startsWith(prefix));
const events = JSON.parse(
  readFileSync(
    join(
      tmpdir(),
      files.find((file) => file.startsWith(`${prefix}-${sessions.length - 1}`)),
    ),
  ),
);
for (const file of files) rmSync(join(tmpdir(), file));
const warmedUp = events.filter(({ cat, name }) => cat === 'Session' && name === 'model_run')[WARM_UP].ts;
const operators = {};
for (const { cat, name, ts, dur, args } of events) {
  if (cat !== 'Node' || !name.endsWith('_kernel_time') || ts < warmedUp) continue;
  operators[args.op_name] ??= { ms: 0, nodes: 0 };
  const operator = operators[args.op_name];
  operator.ms += dur / 1000 / Number(steps);
  operator.nodes += 1 / Number(steps);
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
