/** Files of every format, damaged at random: a FormatError or a map, and soon. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { FormatError } from '@rddpm/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readMap } from '../../src/maps/read-map.ts';
import { golden } from './golden.ts';

const folder = mkdtempSync(join(tmpdir(), 'rddpm-damaged-'));
const EXTENSIONS = ['.npy', '.npz', '.tiff', '.png'];

/** Long enough for a machine that is busy with other tests, and much shorter than forever. */
const SOON = 10_000;

async function expectMapOrFormatError(extension: string, bytes: Uint8Array): Promise<'map' | 'refused'> {
  const path = join(folder, `map${extension}`);
  writeFileSync(path, bytes);
  const start = performance.now();
  const memory = process.memoryUsage().arrayBuffers;
  const result = await readMap(path).catch((error: unknown) => error);
  expect(performance.now() - start).toBeLessThan(SOON);
  expect(process.memoryUsage().arrayBuffers - memory).toBeLessThan(64 * 2 ** 20);
  if (result instanceof Error) {
    expect(result).toBeInstanceOf(FormatError);
    expect(result.message.startsWith(path)).toBe(true);
    return 'refused';
  }
  const { data, width, height } = result as Awaited<ReturnType<typeof readMap>>;
  expect(width * height).toBeGreaterThan(0);
  expect(data).toHaveLength(width * height);
  expect(data.every(Number.isFinite)).toBe(true);
  return 'map';
}

const filesOf = (extension: string) =>
  golden.files.filter(({ name }) => name.endsWith(extension)).map(({ file }) => Buffer.from(file, 'base64'));

describe.each(EXTENSIONS)('%s', (extension) => {
  const files = filesOf(extension);
  const anyFile = fc.integer({ min: 0, max: files.length - 1 }).map((i) => files[i]!);

  test('cut short anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (file, share) => {
        await expectMapOrFormatError(extension, file.subarray(0, Math.floor(share * file.length)));
      }),
      { numRuns: 50 },
    );
  });

  test('with bytes changed', async () => {
    const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    // Headers are where damage leads somewhere: half of the changes are among the first 200 bytes.
    await fc.assert(
      fc.asyncProperty(anyFile, changes, fc.boolean(), async (file, changed, early) => {
        const bytes = Uint8Array.from(file);
        for (const [share, value] of changed) bytes[Math.floor(share * (early ? Math.min(200, bytes.length) : bytes.length))] = value;
        await expectMapOrFormatError(extension, bytes);
      }),
      { numRuns: 200 },
    );
  });

  test('with four bytes that claim much, anywhere', async () => {
    const claims = fc.constantFrom(0xffffffff, 0x7fffffff, 0x80000000, 0x00ffffff, 0xffffff00, 0);
    await fc.assert(
      fc.asyncProperty(anyFile, claims, fc.nat(), async (file, claim, place) => {
        const bytes = Uint8Array.from(file);
        new DataView(bytes.buffer).setUint32(place % (bytes.length - 4), claim, true);
        await expectMapOrFormatError(extension, bytes);
      }),
      { numRuns: 100 },
    );
  });

  test('of random bytes, with the right beginning or without', async () => {
    const [file] = files;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(0, 4, 8, 12, 40), async (noise, kept) => {
        await expectMapOrFormatError(extension, Buffer.concat([file!.subarray(0, kept), noise]));
      }),
      { numRuns: 60 },
    );
  });
});

test('a PNG or an .npz in which one byte has changed is refused, or has the same values', async () => {
  for (const extension of ['.png', '.npz']) {
    const { file, values } = golden.files.find(({ name }) => extname(name) === extension)!;
    const whole = Buffer.from(file, 'base64');
    const path = join(folder, `changed${extension}`);
    let refused = 0;
    for (let i = 0; i < whole.length; i += 2) {
      const bytes = Uint8Array.from(whole);
      bytes[i]! ^= 1 << ((i / 2) % 8);
      writeFileSync(path, bytes);
      const map = await readMap(path).catch((error: unknown) => error);
      if (map instanceof FormatError) refused++;
      else expect([...(map as { data: Float32Array }).data]).toEqual(values);
    }
    expect(refused).toBeGreaterThan(whole.length / 6);
  }
});
