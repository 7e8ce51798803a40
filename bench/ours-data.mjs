// Our side of `npm run bench:data`. One line of JSON.
//   ours-data.mjs load FOLDER SIZE           every image of the data set, resized, as one array in memory
//   ours-data.mjs stream FOLDER SIZE IMAGES  so many images, the data set over and over, a batch at a time
//   ours-data.mjs train FOLDER SIZE IMAGES   batches of a set of so many, of which 32 MB are kept in memory, as training draws them
import { collectBatches, loadImages, openDataset, openImageSet } from '@rddpm/data';
import { folderSource } from '@rddpm/data/node';
import { mvtecLayout } from '@rddpm/mvtec';

const started = performance.now();
const [task, folder, size, images] = process.argv.slice(2);
const source = folderSource(folder);
const { samples } = await openDataset(source, { layouts: [mvtecLayout] });
const many = () => Array.from({ length: Number(images) }, (_, i) => samples[i % samples.length]);
const result = await { load, stream, train }[task]();
console.log(JSON.stringify({ ...result, seconds: (performance.now() - started) / 1000, version: `Node ${process.version}` }));

async function load() {
  const { data, shape } = await collectBatches(loadImages(source, samples, { size: Number(size) }));
  return { images: shape[0], mean: data.reduce((sum, value) => sum + value, 0) / data.length };
}

async function stream() {
  const memory = [];
  let count = 0;
  for await (const batch of loadImages(source, many(), { size: Number(size) })) {
    count += batch.shape[0];
    memory.push(process.memoryUsage.rss() / 2 ** 20);
  }
  return { images: count, megabytes: thirds(memory) };
}

async function train() {
  const { set } = await openImageSet(source, many(), { size: Number(size), memory: 2 ** 25 });
  const memory = [];
  for (let step = 0; step < 100; step++) {
    await set.read(Int32Array.from({ length: 8 }, (_, i) => (7919 * (8 * step + i)) % set.count));
    memory.push(process.memoryUsage.rss() / 2 ** 20);
  }
  return { images: set.count, megabytes: thirds(memory) };
}

/** The largest resident memory in each third of the run: it is flat if they are equal. */
function thirds(values) {
  const length = Math.ceil(values.length / 3);
  return [0, 1, 2].map((i) => Math.round(Math.max(...values.slice(i * length, (i + 1) * length))));
}
