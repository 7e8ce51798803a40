import { ConfigError, createRng, imageSet } from '@rddpm/core';
import type { Scorer, TrainingSet } from '@rddpm/core/contracts';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, test } from 'vitest';
import {
  calibrateByPosition,
  calibrated,
  imageScores,
  type JudgingOptions,
  judgingFrom,
  judgingInfo,
  quantileThreshold,
  rowMajor,
  scoreSet,
  thresholdOf,
} from '../src/index.ts';

const SIDE = 16;
const NONE = { sigma: 0, unit: 'pixels' } as const;

/** Residuals are noise times a scale that the place decides, or the picture: brighter pixels have larger ones. */
function residualsBy(what: 'place' | 'picture' | 'nothing', n: number) {
  const rng = createRng(`judging ${what}`);
  const pictures = Float32Array.from({ length: n * SIDE * SIDE }, () => rng.uniform());
  const maps = pictures.map((brightness, at) => {
    const scale = { place: at % SIDE < 8 ? 1 : 5, picture: 1 + 4 * brightness, nothing: 1 }[what];
    return 0.01 * scale * (0.8 + 0.4 * rng.uniform());
  });
  return { maps: ndarray(maps, [n, SIDE, SIDE]), pictures: ndarray(pictures, [n, SIDE, SIDE, 1]) };
}

/** A set whose items say nothing but their row, and a method that knows the rest. */
function of({ maps, pictures }: { maps: NdArray<Float32Array>; pictures?: NdArray<Float32Array> }) {
  const [n, h, w] = maps.shape as [number, number, number];
  const read: number[] = [];
  const training: TrainingSet = {
    ...imageSet(ndarray(new Float32Array(n * h * w), [n, h, w, 1])),
    read: async (rows) => {
      read.push(...rows);
      const values = Float32Array.from({ length: rows.length * h * w }, (_, i) => rows[Math.floor(i / (h * w))]!);
      return { values: ndarray(values, [rows.length, h, w, 1]), range: 'real' };
    },
  };
  const some = (array: NdArray<Float32Array>, rows: readonly number[]) => {
    const size = array.size / n;
    return ndarray(Float32Array.from(rows.flatMap((row) => [...array.data.subarray(row * size, (row + 1) * size)])), [
      rows.length,
      ...array.shape.slice(1),
    ]);
  };
  const asked: Int32Array[] = [];
  const scorer: Scorer = {
    async score({ values }, options) {
      if (options?.trainingRows) asked.push(options.trainingRows);
      const rows = Array.from({ length: values.shape[0]! }, (_, i) => values.get(i, 0, 0, 0));
      return { maps: some(maps, rows), ...(pictures && { pictures: { reconstruction: some(pictures, rows) } }) };
    },
    dispose() {},
  };
  return { read, asked, options: { method: 'toy', scorer, training, smoothing: NONE } satisfies JudgingOptions };
}

async function judge(options: JudgingOptions) {
  const events = judgingFrom(options);
  let next = await events.next();
  while (!next.done) next = await events.next();
  return next.value!;
}

/** Row i is i / 100 everywhere. */
const ramp = {
  maps: ndarray(
    Float32Array.from({ length: 200 }, (_, row) => (row + 1) / 100),
    [200, 1, 1],
  ),
};

describe('judgingFrom', () => {
  test('scores at most 128 rows, evenly spread, once, and tells how many are done', async () => {
    const { read, options } = of(ramp);
    const events: unknown[] = [];
    for await (const event of judgingFrom(options)) events.push(event);
    expect(read).toEqual(Array.from({ length: 128 }, (_, i) => Math.floor((i * 200) / 128)));
    expect(events).toEqual(Array.from({ length: 17 }, (_, i) => ({ kind: 'threshold', done: 8 * i, total: 128 })));
  });

  test('rows that were left out have no say; those that were kept are training rows of the scorer', async () => {
    const { asked, options } = of(ramp);
    const kept = Uint8Array.from({ length: 200 }, (_, row) => (row % 20 === 5 ? 1 : 0));
    const { threshold } = await judge({ ...options, calibration: 'none', kept });
    const rows = asked.flatMap((rows) => [...rows]);
    expect(rows).toEqual([5, 25, 45, 65, 85, 105, 125, 145, 165, 185]);
    expect(threshold).toEqual(thresholdOf(rows.map((row) => Math.fround((row + 1) / 100))));
    await expect(judge({ ...options, kept: new Uint8Array(200) })).rejects.toThrow(ConfigError);
  });

  test('is undefined once the signal is aborted', async () => {
    const controller = new AbortController();
    const events = judgingFrom({ ...of(ramp).options, signal: controller.signal });
    for (let i = 0; i < 3; i++) await events.next();
    controller.abort();
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  test.each([
    ['place', 'position'],
    ['picture', 'appearance'],
    ['nothing', undefined],
  ] as const)('where residuals depend on %s, it takes %s', async (what, kind) => {
    const { calibration, criteria } = await judge(of(residualsBy(what, 40)).options);
    expect(calibration?.kind).toBe(kind);
    expect(Object.keys(criteria!)).toEqual(['position', 'appearance', 'both']);
    if (kind) for (const other of Object.values(criteria!)) expect(other).toBeGreaterThanOrEqual(criteria![kind]!);
    else for (const other of Object.values(criteria!)) expect(other).toBeGreaterThanOrEqual(1);
    if (kind) expect(criteria![kind]).toBeLessThan(0.9);
  });

  test('no image is measured by itself: of two halves, each has the calibration of the other', async () => {
    const { maps, pictures } = residualsBy('place', 33);
    const { threshold } = await judge({ ...of({ maps, pictures }).options, calibration: 'both', falseAlarms: 0.1 });
    const half = (array: NdArray<Float32Array>, first: number) => {
      const view = array.lo(first).step(2);
      return ndarray(rowMajor(view), [...view.shape]);
    };
    const scores: number[] = [];
    for (const first of [0, 1]) {
      const { calibration } = await judge({
        ...of({ maps: half(maps, first), pictures: half(pictures, first) }).options,
        calibration: 'both',
      });
      const others = half(maps, 1 - first);
      scores.push(...imageScores(calibrated(others, calibration!, half(pictures, 1 - first))));
    }
    const expected = thresholdOf(scores, 0.1);
    expect(threshold).toEqual({
      ...expected,
      value: expect.closeTo(expected.value, 5),
      tail: { median: expect.closeTo(expected.tail.median, 5), scale: expect.closeTo(expected.tail.scale, 5) },
    });
  });

  describe('where batches say that there is nothing to be seen', () => {
    /** Not the left half of even rows, which have a spot there; odd rows are as they were. */
    const isSeen = (row: number, at: number) => row % 2 === 1 || at % SIDE >= 8;
    const hidden = (n: number, spot: number) => {
      const { maps, pictures } = residualsBy('place', n);
      for (let row = 0; row < n; row += 2) maps.set(row, 5, 1, spot);
      const { options } = of({ maps, pictures });
      const read: TrainingSet['read'] = async (rows) => {
        const pixels = SIDE * SIDE;
        const valid = Uint8Array.from({ length: rows.length * pixels }, (_, at) => (isSeen(rows[Math.floor(at / pixels)]!, at) ? 1 : 0));
        return { ...(await options.training.read(rows)), valid: ndarray(valid, [rows.length, SIDE, SIDE]) };
      };
      return { maps, options: { ...options, training: { ...options.training, read } } };
    };

    test('a spot there moves no threshold', async () => {
      const [without, having] = [hidden(40, 0), hidden(40, 99)];
      const judging = await judge({ ...having.options, calibration: 'none' });
      expect(judging).toEqual(await judge({ ...without.options, calibration: 'none' }));
      expect(judging.threshold.value).toBeLessThan(1);
    });

    test('the threshold is made of the scores of scoreSet, smoothed', async () => {
      const { options } = hidden(40, 99);
      const shared = { smoothing: { sigma: 1, unit: 'pixels' } } as const;
      const { scores } = await scoreSet({ ...options, ...shared, set: options.training, isTraining: true });
      expect((await judge({ ...options, ...shared, calibration: 'none' })).threshold).toEqual(thresholdOf(scores));
    });

    test('calibrations are of all there is; scores and criterion of what is seen', async () => {
      const { maps, options } = hidden(40, 99);
      const { calibration, criteria, threshold } = await judge({ ...options, calibration: 'position' });
      expect(calibration).toEqual(calibrateByPosition(maps));
      const rows = (first: number) => Array.from({ length: 20 }, (_, i) => first + 2 * i);
      const scores: number[] = [];
      let [plain, measured] = [0, 0];
      for (const first of [0, 1]) {
        const view = maps.lo(first).step(2);
        const { median, floor } = calibrateByPosition(ndarray(rowMajor(view), [...view.shape]));
        let [sum, total] = [0, 0];
        const seen = rows(1 - first).map((row) => {
          const pixels: { residual: number; divisor: number }[] = [];
          for (let at = 0; at < SIDE * SIDE; at++) {
            if (!isSeen(row, at)) continue;
            const [y, x] = [Math.floor(at / SIDE), at % SIDE];
            pixels.push({ residual: maps.get(row, y, x), divisor: median.get(y, x) + floor });
          }
          for (const { residual, divisor } of pixels) {
            sum += residual * Math.log(divisor);
            total += residual;
          }
          return pixels;
        });
        const own = seen.map((pixels) => Math.max(...pixels.map(({ residual, divisor }) => Math.fround(residual / divisor))));
        const bare = seen.map((pixels) => Math.max(...pixels.map(({ residual }) => residual)));
        scores.push(...own);
        measured += quantileThreshold(Float64Array.from(own), 0.75) * Math.exp(sum / total);
        plain += quantileThreshold(Float64Array.from(bare), 0.75);
      }
      expect(threshold).toEqual(thresholdOf(scores));
      expect(criteria!.position).toBeCloseTo(measured / plain, 10);
    });

    test('residuals that lie nowhere else are none', async () => {
      const maps = ndarray(new Float32Array(40 * SIDE * SIDE), [40, SIDE, SIDE]);
      for (let row = 0; row < 40; row++) for (let x = 0; x < 8; x++) maps.set(row, 5, x, 1);
      const { options } = of({ maps });
      const read: TrainingSet['read'] = async (rows) => {
        const valid = Uint8Array.from({ length: rows.length * SIDE * SIDE }, (_, at) => (at % SIDE >= 8 ? 1 : 0));
        return { ...(await options.training.read(rows)), valid: ndarray(valid, [rows.length, SIDE, SIDE]) };
      };
      expect((await judge(options)).note).toBeUndefined();
      const { note } = await judge({ ...options, training: { ...options.training, read } });
      expect(note).toBe('maps stay uncalibrated: most training images have no residual anywhere');
    });
  });

  test('without reconstructions it goes half by position or not at all, and says so when asked for more', async () => {
    const { options } = of({ maps: residualsBy('place', 20).maps });
    const { calibration, criteria } = await judge(options);
    expect([calibration?.kind, Object.keys(criteria!)]).toEqual(['half-position', ['half-position']]);
    await expect(judge({ ...options, calibration: 'appearance' })).rejects.toThrow(
      "toy: calibration 'appearance' goes by what is seen in reconstructions, and the method shows none; take 'half-position', 'position', or 'none'",
    );
  });

  test.each(['auto', 'both'] as const)(
    '%s goes without where there is too little to go by, and says what it takes',
    async (calibration) => {
      for (const n of [1, 15]) {
        const judging = await judge({ ...of(residualsBy('place', n)).options, calibration });
        expect(judging.note).toBe(`maps stay uncalibrated: that takes 16 training images, and there are ${n}`);
        expect(judgingInfo(judging)).toEqual({ threshold: judging.threshold });
        expect(judging.threshold.images).toBe(n);
      }
      const nothing = { maps: ndarray(new Float32Array(20), [20, 1, 1]), pictures: ndarray(new Float32Array(20), [20, 1, 1, 1]) };
      const judging = await judge({ ...of(nothing).options, calibration });
      expect(judging.note).toBe('maps stay uncalibrated: most training images have no residual anywhere');
      expect(judging.threshold.value).toBeGreaterThan(0);
    },
  );

  test('images that are all the same are not called anomalous', async () => {
    const { maps, pictures } = residualsBy('place', 1);
    const same = (array: NdArray<Float32Array>) =>
      ndarray(
        Float32Array.from({ length: 20 * array.size }, (_, i) => array.data[i % array.size]!),
        [20, ...array.shape.slice(1)],
      );
    for (const choice of ['auto', 'none', 'position', 'appearance', 'both'] as const) {
      const { calibration, threshold } = await judge({
        ...of({ maps: same(maps), pictures: same(pictures) }).options,
        calibration: choice,
      });
      const [score] = imageScores(calibration ? calibrated(maps, calibration, pictures) : maps);
      expect(threshold.value).toBeGreaterThan(score!);
      expect(threshold.value).toBeLessThan(1.05 * score!);
    }
  });

  test('refuses rates and calibrations that there are not, before it scores', async () => {
    const { read, options } = of(ramp);
    await expect(judge({ ...options, falseAlarms: 0.5 })).rejects.toThrow(/falseAlarms is 0.5/);
    await expect(judge({ ...options, calibration: 'luck' as never })).rejects.toThrow(ConfigError);
    expect(read).toEqual([]);
  });
});
