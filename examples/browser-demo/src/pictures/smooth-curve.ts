import type { Curve } from '../messages.ts';

const POINTS = 60;

/**
 * Means over neighbouring steps, for single steps jump: each draws its own noise. The same steps for every method, so that curves share
 * one axis; a group counts once it is complete.
 *
 * @returns [steps, one line per method], as uPlot takes them; null where a method has not come yet.
 */
export function smoothed(curves: readonly Curve[], total: number, of: 'loss' | 'meanSquaredError'): [number[], ...(number | null)[][]] {
  const width = Math.max(1, Math.ceil(total / POINTS));
  const furthest = Math.max(0, ...curves.map(({ step }) => step.at(-1) ?? 0));
  const groups = furthest === total ? Math.ceil(total / width) : Math.floor(furthest / width);
  const lines = curves.map((curve) => {
    const complete = (group: number) => (curve.step.at(-1) ?? 0) >= Math.min(total, (group + 1) * width);
    const sums = Array.from({ length: groups }, () => ({ sum: 0, count: 0 }));
    for (const [i, step] of curve.step.entries()) {
      const group = sums[Math.ceil(step / width) - 1];
      if (!group) break;
      group.sum += curve[of][i]!;
      group.count++;
    }
    return sums.map(({ sum, count }, group) => (complete(group) ? sum / count : null));
  });
  return [Array.from({ length: groups }, (_, group) => Math.min(total, (group + 1) * width)), ...lines];
}
