import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '@rddpm/tfjs-onnx';

process.env.ORT_DISABLE_TELEMETRY ??= '1'; // read when ONNX Runtime is loaded
const { default: ort } = await import('onnxruntime-node');

/** Compiles for two threads with ONNX Runtime's profiler on. Each node costs some 20 µs more than without the profiler. */
export function profiler() {
  const prefix = `rddpm-profile-${process.pid}-${Math.random().toString(36).slice(2)}`;
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
  return {
    compile: (fn) => compile(fn, { runtime, session: { intraOpNumThreads: 2 } }),
    /** The nodes of the graph compiled last, with how long each took in the runs after the first `warmUp`. Ends the profiling. */
    nodes(warmUp) {
      sessions.at(-1).endProfiling();
      const files = readdirSync(tmpdir()).filter((file) => file.startsWith(prefix));
      const last = files.find((file) => file.startsWith(`${prefix}-${sessions.length - 1}`));
      const events = JSON.parse(readFileSync(join(tmpdir(), last)));
      for (const file of files) rmSync(join(tmpdir(), file));
      const from = events.filter(({ cat, name }) => cat === 'Session' && name === 'model_run')[warmUp].ts;
      const nodes = {};
      for (const { cat, name, ts, dur, args } of events) {
        if (cat !== 'Node' || !name.endsWith('_kernel_time') || ts < from) continue;
        nodes[args.node_index] ??= { operator: args.op_name, milliseconds: [] };
        nodes[args.node_index].milliseconds.push(dur / 1000);
      }
      return Object.values(nodes);
    },
  };
}
