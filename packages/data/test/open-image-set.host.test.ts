import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ConfigError, FormatError, sha256 } from '@rddpm/core';
import fc from 'fast-check';
import type { NdArray } from 'ndarray';
import { describe, expect, test } from 'vitest';
import { collectBatches, type FileSource, type LoadProblem, loadImages, openImageSet, type Sample } from '../src/index.ts';
import { gray, memorySource } from './memory-source.ts';

const part = (index: number): Sample => ({ id: `part/${index}`, path: `${index}.png`, kind: 'part' });
const samples = Array.from({ length: 6 }, (_, i) => part(i));
/** 8 bits, 16 and floats in turn: 12, 12 and 24 bytes of one channel, once prepared. */
const six = {
  '0.png': gray(3, 2, [0, 1, 2, 100, 200, 255]),
  '1.png': gray(3, 2, Uint16Array.of(0, 1, 2, 1000, 30000, 65535)),
  '2.png': gray(3, 2, Float32Array.of(0, 0.1, 0.2, 0.3, 0.9, 1)),
  '3.png': gray(3, 2, [9, 8, 7, 6, 5, 4]),
  '4.png': gray(3, 2, Uint16Array.of(9, 8, 7, 6, 5, 4)),
  '5.png': gray(3, 2, Float32Array.of(0.9, 0.8, 0.7, 0.6, 0.5, 0.4)),
};
const options = { size: { width: 3, height: 2 }, channels: 1 } as const;
const rowsOf = ({ shape, data }: NdArray<Float32Array>, rows: readonly number[]) => {
  const length = data.length / shape[0]!;
  return rows.flatMap((row) => [...data.subarray(row * length, (row + 1) * length)]);
};

test('gives rows in the order asked for, in [0, 1]', async () => {
  const { set, samples: readable } = await openImageSet(memorySource(six), samples, options);
  expect(set).toMatchObject({ count: 6, shape: [2, 3, 1], range: 'pixels' });
  expect(readable).toEqual(samples);
  const { values, range, valid } = await set.read(Int32Array.of(3, 0, 3));
  expect([values.shape, range, valid]).toEqual([[3, 2, 3, 1], 'pixels', undefined]);
  const third = [9, 8, 7, 6, 5, 4].map((value) => Math.fround(value / 255));
  expect([...values.data]).toEqual([...third, ...[0, 1, 2, 100, 200, 255].map((value) => Math.fround(value / 255)), ...third]);
  expect((await set.read(new Int32Array())).values.shape).toEqual([0, 2, 3, 1]);
});

test('has the values of loadImages to the bit, whatever fits in memory', async () => {
  const all = await collectBatches(loadImages(memorySource(six), samples, { size: 4 }));
  await fc.assert(
    fc.asyncProperty(fc.nat(1000), fc.array(fc.nat(5), { maxLength: 12 }), async (memory, rows) => {
      const { set } = await openImageSet(memorySource(six), samples, { size: 4, memory });
      expect([...(await set.read(Int32Array.from(rows))).values.data]).toEqual(rowsOf(all, rows));
    }),
    { numRuns: 30 },
  );
});

describe('memory', () => {
  const readAll = async (memory?: number) => {
    const source = memorySource(six);
    const { set } = await openImageSet(source, samples, { ...options, ...(memory === undefined ? {} : { memory }) });
    expect(source.reads).toEqual(Object.keys(six)); // each once
    source.reads.length = 0;
    await set.read(Int32Array.of(5, 4, 3, 2, 1, 0, 0, 5));
    return source.reads;
  };

  test('that suffices for all makes reading a matter of memory alone', async () => {
    expect(await readAll()).toEqual([]);
    expect(await readAll(96)).toEqual([]); // 2 · (12 + 12 + 24) bytes
  });

  test('keeps what fits, in the bytes of its own type, and reads the others anew, once each', async () => {
    expect(await readAll(95)).toEqual(['5.png']);
    expect(await readAll(48)).toEqual(['5.png', '4.png', '3.png']);
    expect(await readAll(36)).toEqual(['5.png', '4.png', '2.png']); // 12 and 12 fit, 24 don't, 12 do
    expect(await readAll(0)).toEqual(['5.png', '4.png', '3.png', '2.png', '1.png', '0.png']);
  });
});

test('many sizes of pictures take no memory beside what is kept', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const collect = async () => {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20)); // what is freed is counted a little later
    gc();
  };
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.png`, gray(1 + i, 1, 9)]));
  const wide = Object.keys(files).map((_, i) => part(i));
  for (const fit of ['pad', 'stretch'] as const) {
    await collect();
    const before = process.memoryUsage().arrayBuffers;
    const { set } = await openImageSet(memorySource(files), wide, { size: 256, channels: 1, fit, memory: 0 });
    const { valid } = await set.read(Int32Array.of(39));
    await collect();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 256 * 256); // a mask for each would be 40
    expect(valid?.data.reduce((sum, value) => sum + value, 0)).toBe(fit === 'pad' ? 6 * 256 : undefined);
    expect(set.count).toBe(40);
  }
});

describe('images that fail', () => {
  const broken = memorySource({ ...six, '1.png': null, '4.png': gray(1, 1, Float32Array.of(Number.NaN)) });

  test('are named', async () => {
    const opening = openImageSet(broken, samples, options);
    await expect(opening).rejects.toThrow(FormatError);
    await expect(opening).rejects.toThrow('openImageSet: 1.png: unexpected end of file');
  });

  test('are left out and reported with onError, and rows are those of the samples that are left', async () => {
    const problems: LoadProblem[] = [];
    const opened = await openImageSet(broken, samples, { ...options, onError: (problem) => problems.push(problem) });
    expect(problems.map(({ sample, error }) => [sample.id, error.message])).toEqual([
      ['part/1', 'openImageSet: 1.png: unexpected end of file'],
      ['part/4', 'openImageSet: 4.png: is NaN at x = 0, y = 0; pixels must be finite numbers'],
    ]);
    expect(opened.samples).toEqual([0, 2, 3, 5].map(part));
    expect(opened.set.count).toBe(4);
    const { values } = await opened.set.read(Int32Array.of(1));
    expect(values.data).toEqual(Float32Array.of(0, 0.1, 0.2, 0.3, 0.9, 1));
  });

  test('leave an empty set if all do', async () => {
    const { set, samples: readable } = await openImageSet(broken, [part(1)], { ...options, onError: () => {} });
    expect([set.count, readable]).toEqual([0, []]);
  });
});

describe('a file that was not kept', () => {
  const opened = async (later: FileSource['read']) => {
    const source = memorySource(six);
    let isOpen = false;
    const read: FileSource['read'] = (path) => (isOpen ? later(path) : source.read(path));
    const { set } = await openImageSet({ ...source, read }, samples, { ...options, memory: 12 });
    isOpen = true;
    return set;
  };

  test('and has changed is named', async () => {
    const reading = (await opened(async () => Uint8Array.of(0))).read(Int32Array.of(0, 1));
    await expect(reading).rejects.toThrow(FormatError);
    await expect(reading).rejects.toThrow('openImageSet: 1.png: has changed since the set was opened; open it anew');
  });

  test('and has vanished is named', async () => {
    const missing = async () => {
      throw new Error('no such file');
    };
    const set = await opened(missing);
    await expect(set.read(Int32Array.of(2))).rejects.toThrow(FormatError);
    await expect(set.read(Int32Array.of(2))).rejects.toThrow('openImageSet: 2.png: no such file');
    expect((await set.read(Int32Array.of(0))).values.shape).toEqual([1, 2, 3, 1]); // this one is in memory
  });
});

test('a row outside is named', async () => {
  const { set } = await openImageSet(memorySource(six), samples, options);
  for (const row of [6, -1]) {
    await expect(set.read(Int32Array.of(0, row))).rejects.toThrow(RangeError);
    await expect(set.read(Int32Array.of(0, row))).rejects.toThrow(`there is no row ${row} among the 6 of the set`);
  }
});

test('checks its options before it reads anything', async () => {
  const source = memorySource(six);
  const open = (wrong: object) => openImageSet(source, samples, { ...options, ...wrong });
  await expect(open({ size: 0 })).rejects.toThrow(/openImageSet: size is 0/);
  await expect(open({ channels: 2 })).rejects.toThrow(/channels is 2; it must be 1 or 3/);
  await expect(open({ memory: -1 })).rejects.toThrow(/memory is -1; it must be a number of bytes/);
  await expect(open({ memory: Number.NaN })).rejects.toThrow(ConfigError);
  expect(source.reads).toEqual([]);
});

describe('what belongs to the rows', () => {
  test('hashes of the files, sizes of the pictures, and the ranges that were measured', async () => {
    const files = {
      '0.png': gray(
        4,
        2,
        Uint16Array.from({ length: 8 }, (_, i) => 500 * i),
      ),
      '1.png': gray(2, 2, 9),
      '2.png': gray(2, 4, 8),
    };
    const opened = await openImageSet(memorySource(files), [0, 1, 2].map(part), { size: 2, channels: 1 });
    expect(opened.preparation).toEqual({
      size: { width: 2, height: 2 },
      channels: 1,
      fit: 'pad',
      ranges: { uint16: { black: 0, white: 4095 } },
    });
    expect(opened.pictures).toEqual([
      { width: 4, height: 2 },
      { width: 2, height: 2 },
      { width: 2, height: 4 },
    ]);
    expect(opened.hashes).toEqual(await Promise.all([0, 1, 2].map((i) => sha256(Uint8Array.of(i)))));
    const { values, valid } = await opened.set.read(Int32Array.of(0, 1, 2));
    expect([...values.data.subarray(0, 4)].map((value) => Math.round(4095 * value))).toEqual([1357, 2143, 1357, 2143]);
    expect([...valid!.data]).toEqual([1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 1, 0]);
  });

  test('ranges that are given are kept', async () => {
    const ranges = { uint16: { black: 10, white: 20 } };
    const files = { '0.png': gray(1, 1, Uint16Array.of(15)) };
    const opened = await openImageSet(memorySource(files), [part(0)], { size: 1, channels: 1, ranges });
    expect(opened.preparation.ranges).toEqual(ranges);
    expect([...(await opened.set.read(Int32Array.of(0))).values.data]).toEqual([0.5]);
  });

  test('a repeated contaminant is turned and moved', async () => {
    const files = {
      '0.png': gray(
        4,
        4,
        Array.from({ length: 16 }, (_, i) => 16 * i),
      ),
    };
    const moved = { ...part(0), id: 'part/0~2', variation: { rotate: 0, shift: [0.25, 0] as const } };
    const { set } = await openImageSet(memorySource(files), [part(0), moved], { size: 4, channels: 1 });
    const { data } = (await set.read(Int32Array.of(0, 1))).values;
    expect([...data.subarray(16, 20)]).toEqual([data[0], data[0], data[1], data[2]]);
  });
});
