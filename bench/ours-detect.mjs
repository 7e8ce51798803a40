// One detection case of ours: `node ours-detect.mjs CASE` prints { imagesPerSecond, version }. Needs a build.
import { createBackend } from '@rddpm/backend/onnx';
import { createRng } from '@rddpm/core';
import { createDetector } from '@rddpm/detector';
import { ddimSampler, linearSchedule } from '@rddpm/scheduler';
import { createUNet } from '@rddpm/unet';
import ndarray from 'ndarray';
import cases from './cases.json' with { type: 'json' };
import { median } from './median.mjs';

const DETECTIONS = 1;
const { size, images, batch, widths, layers } = cases.detect[process.argv[2]];
const network = createUNet({ sampleSize: size, blockOutChannels: widths, layersPerBlock: layers });
const backend = await createBackend({ threads: 2 });
const rng = createRng(0);
const schedule = linearSchedule();
const detector = createDetector({
  network,
  weights: network.init(rng),
  schedule,
  sampler: ddimSampler(schedule),
  backend,
  rng,
  batchSize: batch,
  evaluations: 12,
  draws: 2,
});
const pixels = ndarray(
  Float32Array.from({ length: images * size * size * 3 }, () => rng.uniform()),
  [images, size, size, 3],
);
const seconds = [];
for (let i = 0; i < 1 + DETECTIONS; i++) {
  const started = performance.now();
  await detector.detect(pixels);
  seconds.push((performance.now() - started) / 1000);
}
const result = { imagesPerSecond: images / median(seconds.slice(1)), version: `${backend.device}, Node ${process.versions.node}` };
process.stdout.write(JSON.stringify(result), () => process.exit());
