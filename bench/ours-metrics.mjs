// Our side of `npm run bench:metrics`: all pixel metrics of the images in FOLDER, as metrics.py wrote them. One line of JSON.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { pixelMetrics } from '@rddpm/metrics';

const [folder] = process.argv.slice(2);
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
  return pixelMetrics(images);
}

/** Straight into `array`, so that the input's memory is all that loading takes. */
function read(name, array) {
  const bytes = new Uint8Array(array.buffer);
  const file = openSync(`${folder}/${name}`);
  try {
    let at = 0;
    while (at < bytes.length) {
      const count = readSync(file, bytes, at, Math.min(bytes.length - at, 2 ** 28), null);
      if (count === 0) throw new Error(`${folder}/${name} has ${at} bytes; ${bytes.length} were expected`);
      at += count;
    }
  } finally {
    closeSync(file);
  }
  return array;
}

function peak() {
  return process.resourceUsage().maxRSS / 1024;
}
