import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RatedImage, scoreSuspects, selectSuspects } from '../src/index.ts';
import { tenImages, withoutTruth } from './example-suspects.ts';

describe('the selection', () => {
  test('is by falling score, suspects apart from trusted ones, whatever the order', () => {
    const { suspects, trusted } = selectSuspects(tenImages(), { suspects: 2, trusted: 3 });
    expect(suspects.map(({ score }) => score)).toEqual([10, 9]);
    expect(trusted.map(({ score }) => score)).toEqual([7, 6, 5]);
    expect(selectSuspects(tenImages().reverse(), { suspects: 2, trusted: 3 })).toEqual({ suspects, trusted });
  });

  test('goes by what was trusted, not by the score', () => {
    const images = tenImages().map((image) => ({ ...image, kept: image.score !== 1 }));
    expect(selectSuspects(images).suspects.map(({ score }) => score)).toEqual([1]);
  });

  test('leaves the list as it was', () => {
    const images = tenImages();
    selectSuspects(images);
    expect(images).toEqual(tenImages());
  });

  test('a score that is not finite is an error', () => {
    const images = [{ name: 'good/001', score: Number.NaN, kept: true }];
    expect(() => selectSuspects(images)).toThrow(
      new RangeError("selectSuspects: the score of 'good/001' is NaN; it must be a finite number"),
    );
  });
});

describe('the scores', () => {
  test('of a case by hand', () => {
    expect(scoreSuspects(tenImages())).toEqual({
      suspects: 3,
      contaminated: 3,
      found: 2,
      precision: 2 / 3,
      recall: 2 / 3,
      auc: 19 / 21, // of 3 · 7 pairs, number 6 loses to 7 and 8
      precisionAtCount: 2 / 3, // 10 and 9, not 8
    });
  });

  test('are unknown where the truth is', () => {
    expect(scoreSuspects(withoutTruth(tenImages()))).toBeUndefined();
    expect(scoreSuspects([])).toBeUndefined();
  });

  test('a truth that is known of some images only is an error', () => {
    const [first, ...rest] = tenImages();
    expect(() => scoreSuspects([first!, ...withoutTruth(rest)])).toThrow(
      new RangeError('scoreSuspects: contaminated is given for 1 of 10 images; give it for all or for none'),
    );
  });

  test('are NaN where there is nothing to divide by', () => {
    const clean = tenImages().map((image) => ({ ...image, kept: true, contaminated: false }));
    expect(scoreSuspects(clean)).toEqual({
      suspects: 0,
      contaminated: 0,
      found: 0,
      precision: Number.NaN,
      recall: Number.NaN,
      auc: Number.NaN,
      precisionAtCount: Number.NaN,
    });
  });

  test('images of one score share the places, so their order does not matter', () => {
    const level = tenImages().map((image) => ({ ...image, score: 1 }));
    expect(scoreSuspects(level)!.precisionAtCount).toBeCloseTo(0.3, 12);
    const images = fc.array(fc.record({ score: fc.integer({ min: 0, max: 4 }), kept: fc.boolean(), contaminated: fc.boolean() }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(images, (list) => {
        const named: RatedImage[] = list.map((image) => ({ name: '', ...image }));
        expect(scoreSuspects([...named].reverse())).toEqual(scoreSuspects(named));
      }),
    );
  });
});
