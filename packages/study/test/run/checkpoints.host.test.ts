import { mkdtempSync, rmSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FormatError } from '@rddpm/core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../../src/run/checkpoints.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rddpm-study-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const SIZE = 64;

/** A state is its step, SIZE times. */
const save = (folder: string, step: number) => saveCheckpoint(folder, new Uint8Array(SIZE).fill(step));

async function decode(bytes: Uint8Array, source: string): Promise<number> {
  if (bytes.length !== SIZE) throw new FormatError(`${source} is cut short`);
  return bytes[0]!;
}

test('the newest state is loaded, and no warning given', async () => {
  const folder = temporaryFolder();
  const warn = vi.fn();
  for (const step of [10, 20, 30]) await save(folder, step);
  expect(await loadCheckpoint(folder, decode, warn)).toBe(30);
  expect(warn).not.toHaveBeenCalled();
});

test('only the newest and the previous state are kept', async () => {
  const folder = temporaryFolder();
  for (const step of [10, 20, 30]) await save(folder, step);
  expect((await fs.readdir(folder)).sort()).toEqual(['newest.safetensors', 'previous.safetensors']);
});

test('a newest state that was cut short gives way to the previous one, with a warning', async () => {
  const folder = temporaryFolder();
  const warn = vi.fn();
  for (const step of [10, 20]) await save(folder, step);
  const newest = join(folder, 'newest.safetensors');
  const { size } = await fs.stat(newest);
  for (const left of [0, 7, size - 1]) {
    await fs.truncate(newest, left);
    expect(await loadCheckpoint(folder, decode, warn)).toBe(10);
    expect(warn).toHaveBeenLastCalledWith(expect.stringMatching(/newest\.safetensors.*; going on from .*previous\.safetensors instead$/s));
  }
});

test('a state is there at every moment of saving the next', async () => {
  for (const failing of [1, 2, 3]) {
    const folder = temporaryFolder();
    for (const step of [10, 20]) await save(folder, step);
    const rename = fs.rename.bind(fs);
    let calls = 0;
    const crash = vi
      .spyOn(fs, 'rename')
      .mockImplementation((from, to) => (++calls === failing ? Promise.reject(new Error('crash')) : rename(from, to)));
    await expect(save(folder, 30)).rejects.toThrow('crash');
    crash.mockRestore();
    const state = await loadCheckpoint(folder, decode, () => {});
    expect(state).toBe(failing === 1 ? 20 : 30);
  }
});

test('a full disk leaves both states, no remains, and a message that says so', async () => {
  const folder = temporaryFolder();
  for (const step of [10, 20]) await save(folder, step);
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const open = fs.open.bind(fs);
  const spy = vi.spyOn(fs, 'open').mockImplementation(async (...args) => {
    const file = await open(...args);
    file.writeFile = () => Promise.reject(full);
    return file;
  });
  await expect(save(folder, 30)).rejects.toThrow(/no space left to write .*next\.safetensors; free some/);
  spy.mockRestore();
  expect((await fs.readdir(folder)).sort()).toEqual(['newest.safetensors', 'previous.safetensors']);
  expect(await loadCheckpoint(folder, decode, () => {})).toBe(20);
});

test('an empty folder has no state; one with broken states only is an error', async () => {
  const folder = temporaryFolder();
  expect(await loadCheckpoint(folder, decode, () => {})).toBeUndefined();
  await fs.writeFile(join(folder, 'newest.safetensors'), 'nonsense');
  await expect(loadCheckpoint(folder, decode, () => {})).rejects.toThrow(FormatError);
});
