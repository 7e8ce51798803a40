import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { heatmapPng, heatScale } from '../../src/run/heatmap.ts';

describe('heatScale', () => {
  test('goes to the 99.5 % quantile of all maps, or beyond a threshold that is higher', () => {
    const maps = Float32Array.from({ length: 1001 }, (_, i) => i / 1000);
    expect(heatScale(maps, 0.1).to).toBeCloseTo(0.995, 6);
    expect(heatScale(maps, 2).to).toBe(3);
  });

  test('of maps that are 0 everywhere is not empty', () => {
    expect(heatScale(new Float32Array(4), 0).to).toBeGreaterThan(0);
  });
});

test('a heat map shows the image, the map and the scale, with the threshold marked', async () => {
  const image = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1]); // red, green, blue, white
  const png = await heatmapPng(image, Float32Array.of(0, 0, 0, 1), { width: 2, height: 2 }, { to: 1, threshold: 0.75 });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 2 * 256 + 2 * 8 + 24, height: 256, channels: 3 });
  const at = (x: number, y: number) => [...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3)];
  expect(at(10, 10)).toEqual([255, 0, 0]);
  expect(at(200, 10)).toEqual([0, 255, 0]);
  expect(at(10, 200)).toEqual([0, 0, 255]);
  const [low, high] = [at(256 + 8 + 10, 10), at(256 + 8 + 200, 200)];
  expect(Math.max(...low)).toBeLessThan(10); // inferno begins in black and ends in pale yellow
  expect(Math.min(...high)).toBeGreaterThan(150);
  const bar = 2 * 256 + 2 * 8 + 12;
  expect(at(bar, 255)).toEqual(low);
  expect(at(bar, 0)).toEqual(high);
  expect(at(bar, 64)).toEqual([255, 255, 255]);
  expect(at(bar, 58)).not.toEqual([255, 255, 255]);
});

test('of a rectangle, the shorter side has 256 pixels', async () => {
  const png = await heatmapPng(new Float32Array(6), new Float32Array(6), { width: 3, height: 2 }, { to: 1, threshold: 0.5 });
  expect(await sharp(png).metadata()).toMatchObject({ width: 2 * 3 * 128 + 2 * 8 + 24, height: 256 });
});
