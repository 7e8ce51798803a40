import { expectClose } from '@rddpm/conformance';
import { ConfigError, createRng, type NoiseSource, type Rng } from '@rddpm/core';
import { gaussianNoise, pyramidNoise, simplexNoise } from '@rddpm/scheduler';
import { createNoise, type NoiseConfig } from '@rddpm/scheduler/config';
import { createNoise3D } from 'simplex-noise';
import { describe, expect, test } from 'vitest';

const shape = { height: 9, width: 12, channels: 3 };
const size = 9 * 12 * 3;

const drawn = (source: NoiseSource, rng: Rng, t = 100, of = shape) =>
  source(new Float32Array(of.height * of.width * of.channels), of, rng, t);
const channelOf = (image: Float32Array, c: number, channels = 3) => image.filter((_, i) => i % channels === c);
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** Mean and mean square over many images. */
function moments(source: NoiseSource, of: typeof shape, images: number): { mean: number; square: number } {
  const rng = createRng('moments');
  const all = Array.from({ length: images }, () => drawn(source, rng, rng.integer(1000), of));
  return { mean: mean(all.map(mean)), square: mean(all.map((image) => mean(image.map((value) => value ** 2)))) };
}

describe.each([
  ['gaussian', gaussianNoise()],
  ['simplex', simplexNoise()],
  ['pyramid', pyramidNoise()],
])('%s noise', (_, source) => {
  test('fills the array that it is given, and returns it', () => {
    const into = new Float32Array(size).fill(Number.NaN);
    expect(source(into, shape, createRng(0), 5)).toBe(into);
    expect(into.every(Number.isFinite)).toBe(true);
  });

  test('is the same of the same generator, in a part of an array, too', () => {
    const alone = drawn(source, createRng(0));
    const batch = new Float32Array(2 * size);
    source(batch.subarray(size), shape, createRng(0), 100);
    expect(batch.subarray(size)).toEqual(alone);
    expect(batch.subarray(0, size).every((value) => value === 0)).toBe(true);
  });

  test('differs from image to image and from channel to channel', () => {
    const rng = createRng(0);
    const [first, second] = [drawn(source, rng), drawn(source, rng)];
    expect(first).not.toEqual(second);
    expect(channelOf(first, 0)).not.toEqual(channelOf(first, 1));
    expect(channelOf(first, 1)).not.toEqual(channelOf(first, 2));
  });
});

test('Gaussian noise is what the generator draws', () => {
  expect(drawn(gaussianNoise(), createRng(3))).toEqual(createRng(3).normal(new Float32Array(size)));
});

describe('simplex noise', () => {
  test('is the sum over octaves of halved wavelengths and discounted amplitudes, each channel a field of its own', () => {
    const actual = drawn(simplexNoise({ octaves: 3, persistence: 0.5, frequency: 20 }), createRng(7), 130);
    const rng = createRng(7);
    for (let c = 0; c < 3; c++) {
      const field = createNoise3D(() => rng.uniform());
      const expected: number[] = [];
      for (let y = 0; y < 9; y++) {
        for (let x = 0; x < 12; x++) {
          expected.push(field(x / 20, y / 20, 130 / 20) + 0.5 * field(x / 10, y / 10, 13) + 0.25 * field(x / 5, y / 5, 26));
        }
      }
      expectClose(channelOf(actual, c), expected, 1e-6);
    }
  });

  test('has six octaves from 64 pixels on, each 0.8 of the one before', () => {
    const spelled = simplexNoise({ octaves: 6, persistence: 0.8, frequency: 64, unitVariance: false });
    expect(drawn(simplexNoise(), createRng(1))).toEqual(drawn(spelled, createRng(1)));
    expect(drawn(simplexNoise({ octaves: 5 }), createRng(1))).not.toEqual(drawn(spelled, createRng(1)));
  });

  test('varies with t, little from one t to the next', () => {
    const smooth = simplexNoise({ octaves: 1 });
    const at = (t: number) => drawn(smooth, createRng(1), t);
    const distance = (a: Float32Array, b: Float32Array) => Math.sqrt(mean(a.map((value, i) => (value - b[i]!) ** 2)));
    expect(distance(at(100), at(101))).toBeGreaterThan(0);
    expect(distance(at(100), at(101))).toBeLessThan(0.2 * distance(at(100), at(150)));
  });

  test('has neighbours that are alike, where Gaussian noise has none', () => {
    const likeness = (source: NoiseSource) => {
      const of = { height: 1, width: 64, channels: 1 };
      const rng = createRng(2);
      const rows = Array.from({ length: 200 }, () => drawn(source, rng, 50, of));
      return mean(rows.map((row) => mean(row.slice(1).map((value, x) => value * row[x]!)) / mean(row.map((value) => value ** 2))));
    };
    expect(likeness(simplexNoise())).toBeGreaterThan(0.5);
    expect(Math.abs(likeness(gaussianNoise()))).toBeLessThan(0.05);
  });

  test('has mean 0, and variance 1 where that is asked for; as AnoDDPM has it, 0.47', () => {
    const of = { height: 24, width: 24, channels: 1 };
    const unit = moments(simplexNoise({ frequency: 21, unitVariance: true }), of, 600);
    expect(Math.abs(unit.mean)).toBeLessThan(0.05);
    expect(Math.abs(unit.square - 1)).toBeLessThan(0.05);
    expect(Math.abs(moments(simplexNoise(), of, 600).square - 0.47)).toBeLessThan(0.03);
  });
});

describe('pyramid noise', () => {
  const wide = { height: 24, width: 16, channels: 1 };

  test('has mean 0 and variance 1, whatever the discount', () => {
    for (const discount of [0.3, 0.8, 1]) {
      const { mean, square } = moments(pyramidNoise({ discount }), wide, 1500);
      expect(Math.abs(mean), `mean at ${discount}`).toBeLessThan(0.05);
      expect(Math.abs(square - 1), `variance at ${discount}`).toBeLessThan(0.05);
    }
  });

  test('of one level is Gaussian noise', () => {
    expect(drawn(pyramidNoise({ levels: 1 }), createRng(0))).toEqual(drawn(gaussianNoise(), createRng(0)));
  });

  test('of two levels is both fields, the smaller one enlarged, by hand', () => {
    const of = { height: 2, width: 4, channels: 1 };
    const rng = createRng(4);
    const full = rng.normal(new Float32Array(8));
    const factor = 2 + 2 * rng.uniform(); // 2 x 4 becomes 1 x 1, or 1 x 2 at a factor of 2 exactly
    expect(Math.floor(4 / factor)).toBe(1);
    const [small] = rng.normal(new Float32Array(1));
    const expected = full.map((value) => (value + 0.5 * small!) / Math.sqrt(1 + 0.25));
    expectClose(drawn(pyramidNoise({ discount: 0.5 }), createRng(4), 0, of), expected, 1e-6);
  });

  test('enlarges bilinearly, the edges continued, by hand', () => {
    const of = { height: 1, width: 8, channels: 1 };
    // a side length of 1 has no smaller levels
    expect(drawn(pyramidNoise(), createRng(0), 0, of)).toEqual(drawn(gaussianNoise(), createRng(0), 0, of));
    const two = { height: 8, width: 8, channels: 1 };
    const rng = createRng(2);
    const full = rng.normal(new Float32Array(64));
    expect(Math.floor(8 / (2 + 2 * rng.uniform()))).toBe(2); // 8 x 8 becomes 2 x 2, whose pixels' centres are 1.5 and 5.5
    const [a, b, c, d] = rng.normal(new Float32Array(4)) as unknown as [number, number, number, number];
    const actual = drawn(pyramidNoise({ discount: 1, levels: 2 }), createRng(2), 0, two);
    const axis = (4 * 1 + 2 * (0.875 ** 2 + 0.125 ** 2) + 2 * (0.625 ** 2 + 0.375 ** 2)) / 8; // four places are whole pixels
    const scale = 1 / Math.sqrt(1 + axis ** 2);
    const small = (y: number, x: number) => actual[8 * y + x]! / scale - full[8 * y + x]!;
    expectClose([small(0, 0), small(0, 7), small(7, 1), small(6, 6)], [a, b, c, d], 1e-5);
    expectClose([small(0, 2), small(0, 3), small(4, 0)], [0.875 * a + 0.125 * b, 0.625 * a + 0.375 * b, 0.375 * a + 0.625 * c], 1e-5);
    expectClose([small(3, 4)], [0.625 * (0.375 * a + 0.625 * b) + 0.375 * (0.375 * c + 0.625 * d)], 1e-5);
  });

  test('is alike over half the image, where Gaussian noise is not', () => {
    const likeness = (source: NoiseSource) => {
      const rng = createRng(2);
      return mean(Array.from({ length: 2000 }, () => drawn(source, rng, 0, wide)).map((image) => image[0]! * image[8]!));
    };
    expect(likeness(pyramidNoise({ discount: 1 }))).toBeGreaterThan(0.15);
    expect(Math.abs(likeness(gaussianNoise()))).toBeLessThan(0.08);
  });
});

test.each<[NoiseConfig, NoiseSource]>([
  [{ name: 'gaussian' }, gaussianNoise()],
  [{ name: 'simplex', octaves: 2, unitVariance: true }, simplexNoise({ octaves: 2, unitVariance: true })],
  [{ name: 'pyramid', discount: 0.5 }, pyramidNoise({ discount: 0.5 })],
])('createNoise makes the source that it names: %j', (config, source) => {
  expect(drawn(createNoise(config), createRng(0))).toEqual(drawn(source, createRng(0)));
});

test.each([
  [() => simplexNoise({ octaves: 0 }), 'simplexNoise: octaves is 0; it must be a whole number of at least 1'],
  [() => simplexNoise({ persistence: 0 }), 'simplexNoise: persistence is 0; it must be a finite number above 0'],
  [() => simplexNoise({ frequency: -1 }), 'simplexNoise: frequency is -1; it must be a finite number above 0'],
  [() => simplexNoise({ unitVariance: 1 as never }), 'simplexNoise: unitVariance is 1; it must be true or false'],
  [() => pyramidNoise({ discount: Number.NaN }), 'pyramidNoise: discount is NaN; it must be a finite number above 0'],
  [() => pyramidNoise({ levels: 0.5 }), 'pyramidNoise: levels is 0.5; it must be a whole number of at least 1'],
  [
    () => createNoise({ name: 'perlin' } as never),
    'createNoise: name is "perlin"; it must be an object whose name is one of gaussian, simplex, pyramid',
  ],
  [() => createNoise({ name: 'gaussian', octaves: 1 } as never), "createNoise: unknown field 'octaves'"],
  [() => createNoise({ name: 'simplex', octaves: 1e9 }), 'createNoise: octaves is 1000000000; it must be a whole number from 1 to 32'],
])('refuses: %s', (create, message) => {
  expect(create).toThrow(message);
  expect(create).toThrow(ConfigError);
});
