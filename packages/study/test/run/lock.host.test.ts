import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withLock } from '../../src/run/lock.ts';

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'rddpm-lock-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
const hold = (path: string, holder: object) =>
  writeFileSync(join(path, 'lock.json'), JSON.stringify({ host: hostname(), since: '2026-01-01T00:00:00Z', beat: 0, ...holder }));
const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

test('one at a time, and free again afterwards, also after an error', async () => {
  const path = folder();
  const inside = await withLock(path, async () => {
    await expect(withLock(path, async () => {})).rejects.toThrow(`${path} is in use by process ${process.pid} since `);
    return readdirSync(path);
  });
  expect(inside).toEqual(['lock.json']);
  await expect(withLock(path, async () => Promise.reject(new Error('full')))).rejects.toThrow('full');
  expect(existsSync(path)).toBe(false); // as it is empty
  await withLock(path, async () => writeFileSync(join(path, 'kept'), ''));
  expect(readdirSync(path)).toEqual(['kept']);
});

test('of a process that has ended, or a file that was cut short, it is taken over', async () => {
  const path = folder();
  writeFileSync(join(path, 'kept'), '');
  hold(path, { pid: deadPid() });
  expect(await withLock(path, async () => 1)).toBe(1);
  writeFileSync(join(path, 'lock.json'), '{"pid":');
  expect(await withLock(path, async () => 2)).toBe(2);
});

test('of another machine it is held as long as that beats, whatever the clocks say', async () => {
  const path = folder();
  writeFileSync(join(path, 'kept'), '');
  hold(path, { pid: 1, host: 'elsewhere', since: '2099-01-01T00:00:00Z' });
  const beating = setInterval(() => {
    const { beat, ...rest } = JSON.parse(readFileSync(join(path, 'lock.json'), 'utf8'));
    hold(path, { ...rest, beat: beat + 1 });
  }, 20);
  await expect(withLock(path, async () => {}, { interval: 50 })).rejects.toThrow('is in use by process 1 on elsewhere since 2099');
  clearInterval(beating);
  expect(await withLock(path, async () => 3, { interval: 20 })).toBe(3);
});

test('it beats', async () => {
  const path = folder();
  const beats = await withLock(
    path,
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return JSON.parse(readFileSync(join(path, 'lock.json'), 'utf8')).beat;
    },
    { interval: 10 },
  );
  expect(beats).toBeGreaterThan(1);
});
