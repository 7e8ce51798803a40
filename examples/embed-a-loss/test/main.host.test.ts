import { expect, test, vi } from 'vitest';

test('Huber finds the line that outliers hide from the squared error', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import('../src/main.ts');
  const lines = log.mock.calls.map(([line]) => String(line));
  log.mockRestore();

  const numbers = (name: string) => [...lines.find((line) => line.startsWith(name))!.matchAll(/-?\d+\.\d+/g)].map(Number);
  const [[mseSlope], [huberSlope, huberOffset], truth] = [numbers('mseLoss'), numbers('huberLoss'), numbers('the truth')];
  expect(truth).toEqual([2, -1]);
  expect(mseSlope).toBeCloseTo(1.6, 1); // a fifth of the readings are flat
  expect(Math.abs(huberSlope! - 2)).toBeLessThan(0.03);
  expect(Math.abs(huberOffset! + 1)).toBeLessThan(0.08); // a quarter of delta 0.2: four good readings balance one stuck reading
});
