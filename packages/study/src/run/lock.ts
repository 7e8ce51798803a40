/** Keeps two processes from writing to one folder. */
import fs from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError } from '@rddpm/core';
import * as z from 'zod/mini';
import { readTextIfThere } from './read-if-there.ts';

/** `beat` grows while the holder lives. */
const schema = z.object({ pid: z.int(), host: z.string(), since: z.string(), beat: z.int() });
type Holder = z.output<typeof schema>;

export type LockOptions = {
  /** Milliseconds between beats. @defaultValue 5000 */
  readonly interval?: number;
};

/**
 * Lets `use` run while no other process holds the folder; it is free again afterwards, also after an error.
 *
 * A process of this machine that has ended holds nothing any more. Whether one of another machine still lives is told by its beats, which
 * are waited for: clocks are not compared, as they differ and jump.
 *
 * @throws {ConfigError} naming the process that holds the folder; what `use` throws.
 */
export async function withLock<T>(folder: string, use: () => Promise<T>, { interval = 5000 }: LockOptions = {}): Promise<T> {
  const path = join(folder, 'lock.json');
  const own: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString(), beat: 0 };
  const text = (beat: number) => JSON.stringify({ ...own, beat });
  await fs.mkdir(folder, { recursive: true });
  while (!(await created(path, text(0)))) {
    const holder = await holderOf(path);
    if (holder && (await isAlive(holder, path, interval))) {
      const { pid, host, since } = holder;
      throw new ConfigError(
        `${folder} is in use by process ${pid}${host === own.host ? '' : ` on ${host}`} since ${since}; wait for its end, or stop it (and only if there is no such process, remove ${path})`,
      );
    }
    await fs.rm(path, { force: true });
  }
  let beat = 0;
  const timer = setInterval(() => void fs.writeFile(path, text(++beat)).catch(() => {}), interval); // a folder that is gone shows elsewhere
  timer.unref();
  try {
    return await use();
  } finally {
    clearInterval(timer);
    await fs.rm(path, { force: true });
    await fs.rmdir(folder).catch(() => {}); // nothing was written to it
  }
}

async function created(path: string, text: string): Promise<boolean> {
  try {
    await fs.writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined of a file that is gone, or that was cut short with its process. */
async function holderOf(path: string): Promise<Holder | undefined> {
  const text = await readTextIfThere(path);
  try {
    return z.safeParse(schema, JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

async function isAlive({ pid, host, beat }: Holder, path: string, interval: number): Promise<boolean> {
  if (host !== hostname()) {
    await wait(3 * interval);
    const now = await holderOf(path);
    return now !== undefined && now.beat !== beat;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it is somebody else's
  }
}
