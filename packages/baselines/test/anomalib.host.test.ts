/** PaDiM and PatchCore's parts against anomalib's, on the same feature maps. */
import { backend, expectClose, fitMethod } from '@rddpm/conformance';
import { createRng, imageSet, type Rng } from '@rddpm/core';
import type { Method } from '@rddpm/core/contracts';
import type { FeatureMaps, OpenFeatures } from '@rddpm/features';
import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { greedyCoreset } from '../src/coreset.ts';
import { neighbourhoods } from '../src/embeddings.ts';
import { padim, patchCore } from '../src/index.ts';
import golden from './goldens/anomalib.json' with { type: 'json' };

const { training: TRAINING, test: TEST } = golden.count;
const RUN = { backend: async () => backend, rng: createRng(0) };

/** Of the finest tap: maps then are distances, not resized. */
const SIDE = 8;

/** Each pixel says which of the golden's images it is: its number as a share of all. */
const numbered = (first: number, count: number) =>
  ndarray(
    Float32Array.from({ length: count * SIDE * SIDE }, (_, at) => (first + Math.floor(at / (SIDE * SIDE))) / (TRAINING + TEST)),
    [count, SIDE, SIDE, 1],
  );

/** The golden's feature maps. */
function mapsOf(images: readonly number[], taps = golden.taps): FeatureMaps {
  return taps.map(({ shape, values }) => {
    const size = values.length / (TRAINING + TEST);
    return ndarray(Float32Array.from(images.flatMap((image) => values.slice(image * size, (image + 1) * size))), [images.length, ...shape]);
  });
}

const open =
  (taps = golden.taps): OpenFeatures =>
  async () => ({
    id: 'golden',
    extract: async (images) =>
      mapsOf(
        Array.from({ length: images.shape[0]! }, (_, i) => Math.round(images.get(i, 0, 0, 0) * (TRAINING + TEST))),
        taps,
      ),
    dispose() {},
  });

async function scored<Config, Model>(method: Method<Config, Model>, given: object) {
  const config = method.config.parse(given);
  const { model } = await fitMethod(method, config, imageSet(numbered(0, TRAINING)));
  const scorer = await method.scorer(model!, config, RUN);
  const { maps } = await scorer.score({ values: numbered(TRAINING, TEST), range: 'pixels' });
  scorer.dispose();
  return maps.data;
}

test('PaDiM has the distances of anomalib, up to what covariances are divided by', async () => {
  // anomalib: Σ / (N − 1) + (0.01 + 1e-5) I, which is N / (N − 1) times Σ / N + ridge I with this ridge; so distances are √((N − 1) / N) of ours
  const ratio = (TRAINING - 1) / TRAINING;
  const ridge = (ratio * 0.01001) / golden['mean variance'];
  const maps = await scored(padim(open()), { grid: 'finest', ridge });
  // there, inverses are float32, of matrices whose condition number is some 100
  expectClose(
    maps.map((distance) => Math.sqrt(ratio) * distance),
    golden.padim,
    2e-5,
  );
});

test('PatchCore, of one tap and as many numbers as it has channels, has the distances of anomalib, squared', async () => {
  // of several taps, anomalib leaves the channels as they are, where the authors average them
  const [finest] = golden.taps;
  const maps = await scored(patchCore(open([finest!])), { taps: 1, dims: finest!.shape[2]!, share: 1 });
  // there, squared distances are |x|² − 2 x·y + |y|² in float32, of squares of up to 150
  expectClose(maps.map(Math.sqrt), golden.patchcore, 2e-4);
});

test('the greedy coreset picks what anomalib picks, in its order', () => {
  const { points, picks } = golden.coreset;
  const dims = golden.taps[0]!.shape[2]!;
  const { data } = neighbourhoods({ taps: 1, dims })(mapsOf([...Array(TRAINING).keys()], golden.taps.slice(0, 1)));
  expect(data.length / dims).toBe(points);
  const first = { integer: () => 0 } as unknown as Rng; // all ten random points are the first
  const picking = greedyCoreset(data, { dims, size: picks.length, rng: first });
  let picked = picking.next();
  while (!picked.done) picked = picking.next();
  expect([...picked.value]).toEqual(picks);
});
