import { ConfigError, createRng, imageSet, ShapeError } from '@rddpm/core';
import type { Scored, ScoreOptions, Scorer, Smoothing, TrainingSet } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, test } from 'vitest';
import { type Judged, rowMajor, scoreInChunks, scoreSet, smoothMaps } from '../src/index.ts';

const [H, W] = [3, 4];
const NONE: Smoothing = { sigma: 0, unit: 'pixels' };

const images = (n: number) =>
  ndarray(
    Float32Array.from({ length: n * H * W }, () => rng.uniform()),
    [n, H, W, 1],
  );
const rng = createRng('score-set');
const twenty = images(20);
const set = imageSet(twenty);

type Asked = { readonly n: number; readonly options: ScoreOptions | undefined };

/** An item's map is the item. Remembers what it was asked. */
function toyScorer(asked: Asked[] = []): Scorer {
  return {
    async score({ values }, options) {
      const [n] = values.shape as [number];
      asked.push({ n, options });
      const maps = ndarray(values.data.slice(), [n, H, W]);
      return {
        maps,
        pictures: {
          half: ndarray(
            values.data.map((value) => value / 2),
            [n, H, W, 1],
          ),
        },
      };
    },
    dispose() {},
  };
}

const scoring = (scorer: Scorer = toyScorer()) => ({ method: 'toy', scorer, set, smoothing: NONE });

describe('scoreSet', () => {
  test('a set in chunks is the set in one call', async () => {
    const all = await set.read(Int32Array.from({ length: 20 }, (_, row) => row));
    const { maps, pictures } = await toyScorer().score(all);
    const done: [number, number][] = [];
    const judged = await scoreSet({ ...scoring(), onProgress: (...progress) => done.push(progress) });
    expect([judged.maps.shape, judged.maps.data]).toEqual([[20, H, W], maps.data]);
    expect([judged.pictures.half!.shape, judged.pictures.half!.data]).toEqual([[20, H, W, 1], pictures!.half!.data]);
    const highest = Float64Array.from({ length: 20 }, (_, i) => Math.max(...maps.data.subarray(i * H * W, (i + 1) * H * W)));
    expect(judged.scores).toEqual(highest);
    expect(done).toEqual([8, 16, 20].map((items) => [items, 20]));
  });

  test('rows are scored in the order in which they are given', async () => {
    const rows = Int32Array.of(7, 3, 7, 0, 1, 2, 4, 5, 6, 19);
    const { maps } = await scoreSet({ ...scoring(), rows });
    const shown = [...rows].flatMap((row) => [...twenty.data.subarray(row * H * W, (row + 1) * H * W)]);
    expect(maps.data).toEqual(Float32Array.from(shown));
  });

  test('a scorer is told the rows of the training set, and of no other', async () => {
    const asked: Asked[] = [];
    const rows = Int32Array.of(9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    await scoreSet({ ...scoring(toyScorer(asked)), rows, isTraining: true });
    await scoreSet({ ...scoring(toyScorer(asked)), rows });
    expect(asked).toEqual([
      { n: 8, options: { trainingRows: rows.slice(0, 8) } },
      { n: 2, options: { trainingRows: rows.slice(8) } },
      { n: 8, options: {} },
      { n: 2, options: {} },
    ]);
  });

  test('maps are smoothed, and scores are those of the smoothed maps', async () => {
    const smoothing: Smoothing = { sigma: 1, unit: 'pixels' };
    const [plain, smooth] = [await scoreSet(scoring()), await scoreSet({ ...scoring(), smoothing })];
    expect(smooth.maps.data).toEqual(smoothMaps(plain.maps, smoothing).data);
    expect(smooth.scores[19]).toBe(Math.max(...smooth.maps.data.subarray(19 * H * W)));
  });

  describe('where a batch says that there is nothing to be seen', () => {
    const smoothing: Smoothing = { sigma: 0.7, unit: 'pixels' };
    /** Of even rows, the two columns at the right. */
    const isSeen = (row: number, at: number) => row % 2 === 1 || at % W < 2;
    const padded: TrainingSet = {
      ...set,
      async read(rows) {
        const valid = Uint8Array.from({ length: rows.length * H * W }, (_, at) => (isSeen(rows[Math.floor(at / (H * W))]!, at) ? 1 : 0));
        const turned = stored(ndarray(valid, [rows.length, H, W]), [2, 0, 1], [1, 2, 0]);
        return { ...(await set.read(rows)), valid: turned };
      },
    };

    test('maps are 0 after they are smoothed, pixels beside are what they were, and scores are of what is seen', async () => {
      const [plain, hidden] = [await scoreSet({ ...scoring(), smoothing }), await scoreSet({ ...scoring(), smoothing, set: padded })];
      const expected = plain.maps.data.map((value, at) => (isSeen(Math.floor(at / (H * W)), at) ? value : 0));
      expect(hidden.maps.data).toEqual(expected);
      expect(hidden.scores).toEqual(
        Float64Array.from({ length: 20 }, (_, row) => Math.max(...expected.subarray(row * H * W, (row + 1) * H * W))),
      );
      expect(hidden.scores).not.toEqual(plain.scores);
    });

    test('a calibration sees it', async () => {
      const median = ndarray(images(1).data, [H, W]);
      const options = { ...scoring(), smoothing, set: padded, calibration: { kind: 'position', median, floor: 0.1 } } as const;
      const [plain, hidden] = [await scoreSet({ ...options, set }), await scoreSet(options)];
      const expected = plain.maps.data.map((value, at) => (isSeen(Math.floor(at / (H * W)), at) ? value : 0));
      expect(hidden.maps.data).toEqual(expected);
    });

    test('refuses what is not said of each pixel', async () => {
      const short: TrainingSet = {
        ...set,
        read: async (rows) => ({ ...(await set.read(rows)), valid: ndarray(new Uint8Array(8), [8, 1, 1]) }),
      };
      await expect(scoreSet({ ...scoring(), set: short })).rejects.toThrow(
        new ShapeError("toy: the batch's valid is [8,1,1]; it must be [8,3,4], one value for each pixel"),
      );
    });
  });

  test('views are read as what they show', async () => {
    const [plain, turned] = [await scoreSet(scoring()), await scoreSet(scoring(thatReturns(asViews)))];
    expect([turned.maps.data, turned.scores, turned.pictures.half!.data]).toEqual([
      plain.maps.data,
      plain.scores,
      plain.pictures.half!.data,
    ]);
  });

  test('a method without pictures has none, and an empty set has neither maps nor scores', async () => {
    expect((await scoreSet(scoring(thatReturns(({ maps }) => ({ maps }))))).pictures).toEqual({});
    const nothing = await scoreSet({ ...scoring(), rows: new Int32Array(0) });
    expect([nothing.maps.shape, nothing.scores.length]).toEqual([[0, H, W], 0]);
  });

  test.each([
    [
      'of other sides',
      ({ maps }: Scored) => ({ maps: maps.transpose(0, 2, 1) }),
      'toy: its maps are [8,4,3]; they must be [8,3,4], the size of what it was shown',
    ],
    [
      'too few',
      ({ maps }: Scored) => ({ maps: maps.hi(7) }),
      'toy: its maps are [7,3,4]; they must be [8,3,4], the size of what it was shown',
    ],
    [
      'of another rank',
      ({ maps }: Scored) => ({ maps: maps.pick(0) }),
      'toy: its maps are [3,4]; they must be [8,3,4], the size of what it was shown',
    ],
  ])('refuses maps %s, and names the method', async (_, change, message) => {
    await expect(scoreSet(scoring(thatReturns(change)))).rejects.toThrow(new ShapeError(message));
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses a map that holds %s, and says where in which item', async (value) => {
    let calls = 0;
    const scorer = thatReturns(({ maps }) => {
      if (++calls === 2) maps.set(3, 2, 1, value);
      return { maps };
    });
    const message = `toy: the map of item 11 is ${value} at row 2, column 1; maps must be finite`;
    await expect(scoreSet(scoring(scorer))).rejects.toThrow(new ConfigError(message));
  });

  test('throws the reason of a signal, after the chunk in which it was aborted', async () => {
    const controller = new AbortController();
    const asked: Asked[] = [];
    const onProgress = () => controller.abort(new Error('enough'));
    const aborted = scoreSet({ ...scoring(toyScorer(asked)), onProgress, signal: controller.signal });
    await expect(aborted).rejects.toThrow('enough');
    expect(asked).toHaveLength(1);
  });
});

test('chunks say where they begin; an aborted signal ends them without an error', async () => {
  const { maps, scores } = await scoreSet(scoring());
  const controller = new AbortController();
  const chunks: { first: number; judged: Judged }[] = [];
  for await (const chunk of scoreInChunks({ ...scoring(), signal: controller.signal })) {
    chunks.push(chunk);
    if (chunks.length === 2) controller.abort();
  }
  expect(chunks.map(({ first }) => first)).toEqual([0, 8]);
  const { judged } = chunks[1]!;
  expect([judged.maps.data, judged.scores]).toEqual([maps.data.slice(8 * H * W, 16 * H * W), scores.slice(8, 16)]);
});

function thatReturns(change: (scored: Scored) => Scored): Scorer {
  const { score, dispose } = toyScorer();
  return { score: async (batch, options) => change(await score(batch, options)), dispose };
}

/** The same maps and pictures, in other memory orders. */
const asViews = ({ maps, pictures }: Scored): Scored => ({
  maps: stored(maps, [2, 0, 1], [1, 2, 0]),
  pictures: { half: stored(pictures!.half!, [0, 2, 1, 3], [0, 2, 1, 3]) },
});

/** Copied with its axes in this order, and seen through a transposition that turns them back. */
function stored<T extends Float32Array | Uint8Array>(array: NdArray<T>, order: readonly number[], back: readonly number[]): NdArray<T> {
  const turned = array.transpose(...order);
  return ndarray(rowMajor(turned), [...turned.shape]).transpose(...back);
}
