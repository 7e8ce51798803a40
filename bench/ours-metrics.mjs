// Our side of `npm run bench:metrics`: `ours-metrics.mjs CASE FOLDER`, the pixel metrics of the images in FOLDER, as metrics.py wrote them, image after
// image; AU-PRO in the case 'regions' only. One line of JSON.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { collectPositives, countNegatives, streamedMetrics } from '@rddpm/metrics';

const [name, folder] = process.argv.slice(2);
const { images, height, width } = JSON.parse(readFileSync(`${folder}/data.json`, 'utf8'));
const scores = read('scores.f32', new Float32Array(images * height * width));
const labels = read('labels.u8', new Uint8Array(images * height * width));
const before = peak();
const started = performance.now();
const values = metricsOf(
  Array.from({ length: images }, (_, i) => {
    const [from, to] = [i * height * width, (i + 1) * height * width];
    return { map: scores.subarray(from, to), mask: labels.subarray(from, to), width, height };
  }),
);
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ seconds, inputMegabytes: before, peakMegabytesMore: peak() - before, values, version: process.version }));

function metricsOf(images) {
  const first = collectPositives({ regions: name === 'regions' });
  for (const image of images) first.add(image);
  const positives = first.finish();
  const second = countNegatives(positives);
  for (const image of images) second.add(image);
  return streamedMetrics(positives, second.finish());
}

/** Straight into `array`, so that the input's memory is all that loading takes. */
function read(file, array) {
  const bytes = new Uint8Array(array.buffer);
  const handle = openSync(`${folder}/${file}`);
  try {
    let at = 0;
    while (at < bytes.length) {
      const count = readSync(handle, bytes, at, Math.min(bytes.length - at, 2 ** 28), null);
      if (count === 0) throw new Error(`${folder}/${file} has ${at} bytes; ${bytes.length} were expected`);
      at += count;
    }
  } finally {
    closeSync(handle);
  }
  return array;
}

function peak() {
  return process.resourceUsage().maxRSS / 1024;
}
