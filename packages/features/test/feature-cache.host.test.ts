import ndarray from 'ndarray';
import { expect, test } from 'vitest';
import { featureCache, type OpenFeatures } from '../src/index.ts';

const MAP = 4 * 4; // bytes of one image's map, 2 x 2

/** The first channel of images 2 x 2. */
function counting(id: string) {
  const seen: number[] = [];
  const open: OpenFeatures = async () => ({
    id,
    async extract(images) {
      seen.push(images.get(0, 0, 0, 0));
      return [
        ndarray(
          Float32Array.from({ length: 4 }, (_, i) => images.get(0, i >> 1, i & 1, 0)),
          [1, 2, 2, 1],
        ),
      ];
    },
    dispose() {},
  });
  return { seen, open };
}

const run = { backend: () => Promise.reject(new Error('nothing is computed on a backend')) };
const images = (...values: number[]) =>
  ndarray(Float32Array.from(values.flatMap((value) => new Array(12).fill(value))), [values.length, 2, 2, 3]);

test('each image is looked at once, by features of each id, whoever opened them and whatever is beside it', async () => {
  const cached = featureCache();
  const { seen, open } = counting('a');
  const [first] = await (await cached(open)(run)).extract(images(0.25, 0.5, 0.25));
  expect([...first!.data]).toEqual([0.25, 0.5, 0.25].flatMap((value) => [value, value, value, value]));
  const [again] = await (await cached(open)(run)).extract(images(0.75, 0.5));
  expect([...again!.data]).toEqual([0.75, 0.5].flatMap((value) => [value, value, value, value]));
  expect(seen).toEqual([0.25, 0.5, 0.75]);
  const other = counting('b');
  await (await cached(other.open)(run)).extract(images(0.5));
  expect(other.seen).toEqual([0.5]);
});

test('images alike in number and order of pixels but not in shape are others', async () => {
  const { seen, open } = counting('a');
  const features = await featureCache()(open)(run);
  const pixels = new Float32Array(24).fill(0.5);
  await features.extract(ndarray(pixels, [1, 2, 4, 3]));
  await features.extract(ndarray(pixels, [1, 4, 2, 3]));
  expect(seen).toHaveLength(2);
});

test('what does not fit any more is looked at anew', async () => {
  const { seen, open } = counting('a');
  const features = await featureCache({ bytes: 2 * MAP })(open)(run);
  await features.extract(images(0.1, 0.2, 0.3));
  await features.extract(images(0.1, 0.2, 0.3));
  expect(seen).toHaveLength(4);
});
