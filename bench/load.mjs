// What it takes to load google/ddpm-cifar10-32's architecture, 35.7 million parameters, from a folder: time and memory, each load in a
// process of its own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PIPELINE_FILES } from '@rddpm/diffusers';
import { loadPretrained, savePretrained } from '@rddpm/diffusers/node';
import { createUNet, parameterShapes, UNET_PRESETS } from '@rddpm/unet';
import { median } from './median.mjs';

const ROUNDS = 5;
const [folder] = process.argv.slice(2);

if (folder) measure(folder);
else compare();

async function measure(folder) {
  const before = process.resourceUsage().maxRSS;
  const started = performance.now();
  await loadPretrained(folder);
  console.log(
    JSON.stringify({ seconds: (performance.now() - started) / 1000, megabytes: (process.resourceUsage().maxRSS - before) / 1024 }),
  );
}

async function compare() {
  const folder = mkdtempSync(join(tmpdir(), 'rddpm-load-'));
  try {
    const network = createUNet(UNET_PRESETS['ddpm-cifar10']);
    const shapes = Object.entries(parameterShapes(network.config));
    const weights = Object.fromEntries(
      shapes.map(([name, shape]) => [name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b)) }]),
    );
    const scheduler = { schedule: { name: 'linear' }, prediction: 'epsilon', sampler: { name: 'ddpm' }, spacing: 'linspace' };
    await savePretrained(folder, { network, weights, scheduler });
    const loads = Array.from({ length: ROUNDS }, () =>
      JSON.parse(spawnSync(process.execPath, [fileURLToPath(import.meta.url), folder], { encoding: 'utf8' }).stdout),
    );
    const of = (field) => Number(median(loads.map((load) => load[field])).toFixed(3));
    const file = statSync(join(folder, PIPELINE_FILES.weights)).size / 2 ** 20;
    console.log(JSON.stringify({ fileMegabytes: Number(file.toFixed(1)), seconds: of('seconds'), peakMegabytesMore: of('megabytes') }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
