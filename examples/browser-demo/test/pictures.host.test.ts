import { expect, test } from 'vitest';
import { choicesFrom, settingsOf } from '../src/choices.ts';
import { agreementAt } from '../src/pictures/agreement.ts';
import { smoothed } from '../src/pictures/smooth-curve.ts';

const curve = (...loss: number[]) => ({ step: loss.map((_, i) => i + 1), loss, meanSquaredError: loss.map((value) => 2 * value) });

test('neighbouring steps are averaged, in the same groups for every method', () => {
  // 120 steps in 60 groups of 2; of the second method the second group is not complete
  expect(smoothed([curve(1, 3, 5, 7, 9), curve(2, 2, 4)], 120, 'loss')).toEqual([
    [2, 4],
    [2, 6],
    [2, null],
  ]);
  expect(smoothed([curve(1, 3)], 120, 'meanSquaredError')).toEqual([[2], [4]]);
  expect(smoothed([curve()], 120, 'loss')).toEqual([[], []]);
});

test('at the end the last group counts, however short', () => {
  const ones = Array.from({ length: 61 }, () => 1);
  const [steps, line] = smoothed([curve(...ones)], 61, 'loss');
  expect(steps.at(-1)).toBe(61);
  expect(line).toEqual(Array.from({ length: 31 }, () => 1));
});

test('precision and recall count the pixels of images with a known mask', () => {
  const maps = Float32Array.of(0.9, 0.2, 0.6, 0.1, /* no mask: */ 1, 1, 1, 1);
  const masks = Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0);
  const images = { maps, masks, masked: [true, false], size: 2 };
  expect(agreementAt(0.5, images)).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5 });
  expect(agreementAt(0.2, images)).toEqual({ precision: 2 / 3, recall: 1, f1: 0.8 });
  expect(agreementAt(2, images)).toEqual({ precision: Number.NaN, recall: 0, f1: 0 });
});

test('an address sets what it names, and what makes no sense is told', () => {
  const told: string[] = [];
  const choices = choicesFrom(new URLSearchParams('steps=7&size=9&losses=rddpm-lts,l1&widths=8,12&keep=0.5'), (text) => told.push(text));
  expect(choices).toMatchObject({ steps: 7, size: 32, losses: ['rddpm-lts'], widths: [8, 16, 32] });
  expect(told).toHaveLength(3);
  expect(settingsOf(choices)).toMatchObject({ steps: 7, methods: [{ name: 'rddpm-lts', loss: { name: 'lts', keep: 0.5 } }] });
});
