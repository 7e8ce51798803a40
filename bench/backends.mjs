// `npm run bench:backends -- [--rounds 3] [--steps 5] [--case NAME]… [--json]`: a training step on every backend that works here, in Node and
// in Chromium (named in CHROMIUM, if not /usr/bin/chromium), in turn. Without a GPU, set VK_ICD_FILENAMES to SwiftShader's file.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import cases from './cases.json' with { type: 'json' };
import { median } from './median.mjs';
import { print, readOptions } from './options.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const IN_NODE = ['tensorflow', 'webgpu', 'onnx', 'cpu'];
const IN_PAGES = ['webgpu', 'onnx'];
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }; // for threads
const SLOW = ['cpu', 'webgpu']; // so slow, on an emulated GPU, that they get tiny networks only

const all = { ...cases.tiny, ...cases.train };
const chosen = readOptions(all, { rounds: '3', steps: '5' });
const names = chosen.cases.length === Object.keys(all).length ? [...Object.keys(cases.tiny), '1.0M 32x32 batch 4'] : chosen.cases;
const server = await createServer({
  root: here,
  logLevel: 'error',
  server: { headers: ISOLATION, host: '127.0.0.1' },
  optimizeDeps: { exclude: ['onnxruntime-web'] }, // it finds its WebAssembly beside itself
});
await server.listen();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
});

const measured = {};
for (const name of names) {
  const turns = [];
  for (let round = 0; round < chosen.rounds; round++) {
    const turn = {};
    const fit = (backend) => name in cases.tiny || !SLOW.includes(backend);
    for (const backend of IN_NODE.filter(fit)) turn[backend] = inNode(backend, name);
    for (const backend of IN_PAGES.filter(fit)) turn[`${backend}, in Chromium`] = await inPage(backend, name);
    turns.push(turn);
    console.error(`${name}, round ${round + 1} of ${chosen.rounds}: ${JSON.stringify(turn)}`);
  }
  measured[name] = turns;
}
await browser.close();
await server.close();

const milliseconds = Object.fromEntries(
  Object.entries(measured).map(([name, turns]) => {
    const medians = Object.keys(turns[0]).map((backend) => {
      const times = turns.flatMap((turn) => turn[backend]?.stepMs ?? []);
      return [backend, times.length > 0 ? Number(median(times).toPrecision(3)) : turns[0][backend].reason];
    });
    return [name, Object.fromEntries(medians)];
  }),
);
print({ milliseconds, measured }, chosen.json);

function inNode(backend, name) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['backend-child.mjs', backend, name, chosen.steps], {
    cwd: here,
    encoding: 'utf8',
  });
  if (status === 0) return JSON.parse(stdout.trim().split('\n').at(-1));
  const reason = /BackendError: (.*)/.exec(stderr)?.[1];
  if (!reason) throw new Error(`${backend} ended with ${status}:\n${stderr}`);
  return { reason };
}

async function inPage(backend, name) {
  const page = await browser.newPage();
  try {
    await page.goto(`${server.resolvedUrls.local[0]}backend-page.html`);
    await page.waitForFunction(() => 'measure' in globalThis, undefined, { timeout: 120_000 });
    return await page.evaluate(([backend, name, steps]) => globalThis.measure(backend, name, steps), [backend, name, Number(chosen.steps)]);
  } catch (error) {
    const reason = /BackendError: (.*)/.exec(error.message)?.[1];
    if (!reason) throw error;
    return { reason };
  } finally {
    await page.close();
  }
}
