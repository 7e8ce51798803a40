/** The definitions, written down without a thought for time: what the package must agree with. */
import type { ScoredImage } from '../src/index.ts';

type Numbers = ArrayLike<number>;

export function pairwiseAuc(labels: Numbers, scores: Numbers): number {
  let wins = 0;
  let pairs = 0;
  for (let i = 0; i < labels.length; i++) {
    for (let j = 0; j < labels.length; j++) {
      if (labels[i] !== 1 || labels[j] !== 0) continue;
      pairs++;
      if (scores[i]! > scores[j]!) wins += 1;
      else if (scores[i]! === scores[j]!) wins += 0.5;
    }
  }
  return wins / pairs;
}

/** Counts at each distinct score, from high to low. */
export function confusions(labels: Numbers, scores: Numbers): { threshold: number; tp: number; fp: number; fn: number }[] {
  const thresholds = [...new Set(Array.from(scores, (score) => score + 0))].sort((a, b) => b - a);
  return thresholds.map((threshold) => {
    let tp = 0;
    let fp = 0;
    let fn = 0;
    for (let i = 0; i < labels.length; i++) {
      const flagged = scores[i]! >= threshold;
      if (flagged && labels[i] === 1) tp++;
      else if (flagged) fp++;
      else if (labels[i] === 1) fn++;
    }
    return { threshold, tp, fp, fn };
  });
}

export function steppedPrecision(labels: Numbers, scores: Numbers): number {
  let sum = 0;
  let recallBefore = 0;
  for (const { tp, fp, fn } of confusions(labels, scores)) {
    const recall = tp / (tp + fn);
    sum += (recall - recallBefore) * (tp / (tp + fp));
    recallBefore = recall;
  }
  return sum;
}

export function everyF1(labels: Numbers, scores: Numbers): { f1: number; threshold: number } {
  const all = confusions(labels, scores).map(({ threshold, tp, fp, fn }) => ({ threshold, f1: (2 * tp) / (2 * tp + fp + fn) }));
  const f1 = Math.max(...all.map((one) => one.f1));
  return { f1, threshold: Math.min(...all.filter((one) => one.f1 === f1).map((one) => one.threshold)) };
}

/** Numbers by relaxation: every pixel takes the lowest number around it until nothing changes. */
export function relaxedComponents(mask: Numbers, width: number, height: number): number[] {
  const numbers = Array.from(mask, (value, i) => (value ? i + 1 : 0));
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 0; i < numbers.length; i++) {
      for (let j = 0; j < numbers.length; j++) {
        const touching = Math.abs((i % width) - (j % width)) <= 1 && Math.abs(Math.floor(i / width) - Math.floor(j / width)) <= 1;
        if (touching && numbers[i]! > 0 && numbers[j]! > 0 && numbers[j]! < numbers[i]!) {
          numbers[i] = numbers[j]!;
          changed = true;
        }
      }
    }
  }
  const order = [...new Set(numbers.filter((number) => number > 0))];
  if (numbers.length !== width * height) throw new Error('the mask has another size');
  return numbers.map((number) => order.indexOf(number) + 1);
}

/** Rates at every distinct score of all images, from (0, 0) on. */
export function sweepPro(images: readonly (ScoredImage & { map: Numbers; mask: Numbers })[]): { x: number[]; y: number[] } {
  const normal: number[] = [];
  const regions: number[][] = [];
  for (const { map, mask, width, height } of images) {
    const numbers = relaxedComponents(mask, width, height);
    const scoresOf = (number: number) => Array.from(map).filter((_, i) => numbers[i] === number);
    normal.push(...scoresOf(0));
    for (let number = 1; number <= Math.max(...numbers); number++) regions.push(scoresOf(number));
  }
  const part = (scores: number[], threshold: number) => scores.filter((score) => score >= threshold).length / scores.length;
  const thresholds = [...new Set([...normal, ...regions.flat()].map((score) => score + 0))].sort((a, b) => b - a);
  return {
    x: [0, ...thresholds.map((threshold) => part(normal, threshold))],
    y: [0, ...thresholds.map((threshold) => regions.reduce((sum, region) => sum + part(region, threshold), 0) / regions.length)],
  };
}

export function sweptAuPro(images: Parameters<typeof sweepPro>[0], limit: number): number {
  const { x, y } = sweepPro(images);
  let area = 0;
  for (let k = 1; k < x.length; k++) {
    const [x0, x1, y0, y1] = [x[k - 1]!, x[k]!, y[k - 1]!, y[k]!];
    if (x0 >= limit || x1 === x0) continue;
    const end = Math.min(x1, limit);
    area += (end - x0) * (y0 + ((y1 - y0) * (end - x0)) / (x1 - x0) / 2);
  }
  return area / limit;
}

/** How far a point is from the straight lines between the points (x[k], y[k]). */
export function distanceToPath(px: number, py: number, x: Numbers, y: Numbers): number {
  let nearest = Infinity;
  for (let k = 1; k < x.length; k++) {
    const [dx, dy] = [x[k]! - x[k - 1]!, y[k]! - y[k - 1]!];
    const along = Math.min(1, Math.max(0, ((px - x[k - 1]!) * dx + (py - y[k - 1]!) * dy) / (dx * dx + dy * dy)));
    nearest = Math.min(nearest, Math.hypot(px - x[k - 1]! - along * dx, py - y[k - 1]! - along * dy));
  }
  return nearest;
}
