import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Context } from '../src/io.ts';
import { duration, startProgress } from '../src/progress.ts';
import { CHOICES } from '../src/registry.ts';

function contextWith(options: { isTTY?: boolean; quiet?: boolean } = {}) {
  const { isTTY = false, quiet = false } = options;
  const written: string[] = [];
  const stderr = { write: (text: string) => written.push(text), isTTY };
  const context: Context = {
    stdout: { write: () => {} },
    stderr,
    cwd: '/',
    signal: new AbortController().signal,
    choices: CHOICES,
    argv: [],
    quiet,
  };
  return { context, written };
}

describe('startProgress', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('off a terminal prints a plain line every ten seconds, and the last one', () => {
    const { context, written } = contextWith();
    const progress = startProgress(context, { title: 'train', total: 100 });
    for (let step = 1; step <= 100; step++) {
      vi.advanceTimersByTime(250);
      progress.update(step, 'loss 0.5');
    }
    progress.stop();
    expect(written).toEqual([
      'train: 40/100 | loss 0.5 | 4.00 steps/s | 15s left\n',
      'train: 80/100 | loss 0.5 | 4.00 steps/s | 5s left\n',
      'train: 100/100 | loss 0.5 | 4.00 steps/s | 0s left\n',
    ]);
  });

  test('counts the rate of a resumed run from where it goes on', () => {
    const { context, written } = contextWith();
    const progress = startProgress(context, { title: 'train', total: 200, from: 100 });
    vi.advanceTimersByTime(10_000);
    progress.update(120);
    progress.stop();
    expect(written).toEqual(['train: 120/200 | 2.00 steps/s | 40s left\n']);
  });

  test('a note is a line of its own, after what was to be printed', () => {
    const { context, written } = contextWith();
    const progress = startProgress(context, { title: 'train', total: 200 });
    vi.advanceTimersByTime(1000);
    progress.update(2);
    progress.note('train: 3 images are left out');
    progress.stop();
    expect(written).toEqual(['train: 2/200 | 2.00 steps/s | 1m 39s left\n', 'train: 3 images are left out\n']);
  });

  test('--quiet prints nothing', () => {
    const { context, written } = contextWith({ quiet: true });
    const progress = startProgress(context, { title: 'train', total: 2 });
    progress.update(2);
    progress.note('train: 3 images are left out');
    progress.stop();
    expect(written).toEqual([]);
  });
});

test.each([
  [0.4, '0s'],
  [59.6, '1m 0s'],
  [75, '1m 15s'],
  [3600 * 2 + 61, '2h 1m'],
])('%d seconds read as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
