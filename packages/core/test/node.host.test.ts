import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ByteSource, FormatError } from '@rddpm/core';
import { withFolder } from '@rddpm/core/node';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rddpm-'));
  await mkdir(join(folder, 'unet'));
  await writeFile(join(folder, 'unet/weights.bin'), Uint8Array.of(1, 2, 3, 4, 5));
});

afterAll(() => rm(folder, { recursive: true }));

test('reads a file below the folder, whole and in parts, and never beyond its end', async () => {
  const parts = await withFolder(folder, async ({ name, open }) => {
    expect(name).toBe(folder);
    const file = (await open('unet/weights.bin'))!;
    const bytes = async (begin: number, end: number) => [...(await file.read(begin, end))];
    return Promise.all([bytes(0, file.size), bytes(1, 3), bytes(2, 2), bytes(3, 9)]);
  });
  expect(parts).toEqual([[1, 2, 3, 4, 5], [2, 3], [], [4, 5]]);
});

test('a file that is missing is undefined, also where a folder on its way is missing or is a file', async () => {
  const missing = ['rddpm.json', 'vae/weights.bin', 'unet/weights.bin/0'];
  expect(await withFolder(folder, ({ open }) => Promise.all(missing.map(open)))).toEqual([undefined, undefined, undefined]);
  expect(await withFolder(join(folder, 'nowhere'), ({ open }) => open('rddpm.json'))).toBeUndefined();
});

test('a folder in the place of a file is refused by its path', async () => {
  await expect(withFolder(folder, ({ open }) => open('unet'))).rejects.toThrow(
    new FormatError(`${join(folder, 'unet')} must be a file; it is something else, such as a folder`),
  );
});

test('files are closed when the reading has ended, well or not', async () => {
  const opened: ByteSource[] = [];
  const read = async ({ open }: { open(path: string): Promise<ByteSource | undefined> }) => {
    opened.push((await open('unet/weights.bin'))!);
    return 'done';
  };
  expect(await withFolder(folder, read)).toBe('done');
  const failing = withFolder(folder, async (files) => {
    await read(files);
    throw new FormatError('damaged');
  });
  await expect(failing).rejects.toThrow('damaged');
  expect(opened).toHaveLength(2);
  for (const file of opened) await expect(file.read(0, 1)).rejects.toThrow(/closed|EBADF/);
});
