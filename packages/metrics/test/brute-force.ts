/** The definitions, written down without a thought for time: what the package must agree with. */
import type { DefectImage, ScoredImage } from '../src/index.ts';

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

/** The highest of all thresholds, and all thresholds that reach it but for rounding. */
export function everyFBeta(labels: Numbers, scores: Numbers, beta: number): { fBeta: number; thresholds: number[] } {
  const all = confusions(labels, scores).map(({ threshold, tp, fp, fn }) => {
    const [precision, recall] = [tp / (tp + fp), tp / (tp + fn)];
    return { threshold, fBeta: tp === 0 ? 0 : ((1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall) };
  });
  const fBeta = Math.max(...all.map((one) => one.fBeta));
  return { fBeta, thresholds: all.filter((one) => one.fBeta > fBeta - 1e-12).map((one) => one.threshold) };
}

/** Straight lines between the points of all distinct scores, from recall 0 and precision 1 on. */
export function joinedPrecision(labels: Numbers, scores: Numbers): number {
  let area = 0;
  let [recallBefore, precisionBefore] = [0, 1];
  for (const { tp, fp, fn } of confusions(labels, scores)) {
    const [recall, precision] = [tp / (tp + fn), tp / (tp + fp)];
    area += ((recall - recallBefore) * (precision + precisionBefore)) / 2;
    [recallBefore, precisionBefore] = [recall, precision];
  }
  return area;
}

/** The area under the straight lines between the points of all distinct scores, up to a false positive rate. */
export function sweptPartialAuc(labels: Numbers, scores: Numbers, limit: number): number {
  let area = 0;
  let [x0, y0] = [0, 0];
  const negatives = Array.from(labels).filter((label) => label === 0).length;
  for (const { tp, fp, fn } of confusions(labels, scores)) {
    const [x1, y1] = [fp / negatives, tp / (tp + fn)];
    if (x1 > x0 && x0 < limit) {
      const end = Math.min(x1, limit);
      area += (end - x0) * (y0 + ((y1 - y0) * (end - x0)) / (x1 - x0) / 2);
    }
    [x0, y0] = [x1, y1];
  }
  return area;
}

/** AUROC of each method and the covariances of the two, by the structural components of DeLong et al., pair by pair. */
export function structuralComponents(labels: Numbers, ...methods: Numbers[]): { aurocs: number[]; covariance: number[][] } {
  const all = Array.from(labels, (_, i) => i);
  const [positives, negatives] = [all.filter((i) => labels[i] === 1), all.filter((i) => labels[i] === 0)];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const parts = methods.map((scores) => {
    const win = (p: number, n: number) => (scores[p]! > scores[n]! ? 1 : scores[p]! === scores[n]! ? 0.5 : 0);
    return {
      ofPositives: positives.map((p) => mean(negatives.map((n) => win(p, n)))),
      ofNegatives: negatives.map((n) => mean(positives.map((p) => win(p, n)))),
    };
  });
  const covary = (a: number[], b: number[]) =>
    a.reduce((sum, value, i) => sum + (value - mean(a)) * (b[i]! - mean(b)), 0) / (a.length - 1) / a.length;
  return {
    aurocs: parts.map(({ ofPositives }) => mean(ofPositives)),
    covariance: parts.map((a) => parts.map((b) => covary(a.ofPositives, b.ofPositives) + covary(a.ofNegatives, b.ofNegatives))),
  };
}

/** Area, left, top, width and height of each region, in the order of their numbers. */
export function relaxedBoxes(mask: Numbers, width: number, height: number): number[][] {
  const numbers = relaxedComponents(mask, width, height);
  return Array.from({ length: Math.max(...numbers) }, (_, region) => {
    const pixels = numbers.flatMap((number, i) => (number === region + 1 ? [i] : []));
    const [columns, rows] = [pixels.map((i) => i % width), pixels.map((i) => Math.floor(i / width))];
    const [left, top] = [Math.min(...columns), Math.min(...rows)];
    return [pixels.length, left, top, Math.max(...columns) - left + 1, Math.max(...rows) - top + 1];
  });
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
  return areaUpTo(sweepPro(images), limit);
}

/** The area under the straight lines between the points (x[k], y[k]) up to a limit, divided by it. */
export function areaUpTo({ x, y }: { x: number[]; y: number[] }, limit: number): number {
  let area = 0;
  for (let k = 1; k < x.length; k++) {
    const [x0, x1, y0, y1] = [x[k - 1]!, x[k]!, y[k - 1]!, y[k]!];
    if (x0 >= limit || x1 === x0) continue;
    const end = Math.min(x1, limit);
    area += (end - x0) * (y0 + ((y1 - y0) * (end - x0)) / (x1 - x0) / 2);
  }
  return area / limit;
}

/** Rates at every distinct score of all images, from (0, 0) on. */
export function sweepSpro(
  images: readonly (Omit<DefectImage, 'defects'> & { map: Numbers; defects: readonly { mask: Numbers; saturationArea: number }[] })[],
): { x: number[]; y: number[] } {
  const normal = images.flatMap(({ map, defects }) => Array.from(map).filter((_, i) => defects.every(({ mask }) => mask[i] === 0)));
  const flagged = (scores: number[], threshold: number) => scores.filter((score) => score >= threshold).length;
  const all = images.flatMap(({ map, defects }) =>
    defects.map(({ mask, saturationArea }) => ({ scores: Array.from(map).filter((_, i) => mask[i] === 1), saturationArea })),
  );
  const thresholds = [...new Set(images.flatMap(({ map }) => Array.from(map, (score) => score + 0)))].sort((a, b) => b - a);
  const overlap = (threshold: number) =>
    all.reduce((sum, { scores, saturationArea }) => sum + Math.min(flagged(scores, threshold) / saturationArea, 1), 0) / all.length;
  return { x: [0, ...thresholds.map((t) => flagged(normal, t) / normal.length)], y: [0, ...thresholds.map(overlap)] };
}

/** Each image's area by going through all distinct scores of all images; NaN for normal images. */
export function sweptAuPimo(images: readonly (ScoredImage & { map: Numbers; mask: Numbers })[], lower: number, upper: number): number[] {
  const part = (scores: number[], threshold: number) => scores.filter((score) => score >= threshold).length / scores.length;
  const thresholds = [...new Set(images.flatMap(({ map }) => Array.from(map, (score) => score + 0)))].sort((a, b) => b - a);
  const normal = images.filter(({ mask }) => Array.from(mask).every((label) => label === 0)).map(({ map }) => Array.from(map));
  const shared = thresholds.map((t) => normal.reduce((sum, scores) => sum + part(scores, t), 0) / normal.length);
  return images.map(({ map, mask }) => {
    const anomalous = Array.from(map).filter((_, i) => mask[i] === 1);
    if (anomalous.length === 0) return Number.NaN;
    let area = 0;
    let [x0, y0] = [0, 0];
    thresholds.forEach((t, k) => {
      const [x1, y1] = [shared[k]!, part(anomalous, t)];
      const [from, to] = [Math.max(x0, lower), Math.min(x1, upper)];
      if (to > from) {
        // A line over the logarithm; what stood before is held where the line would come from a rate of 0.
        const at = (x: number) => (x0 === 0 ? y0 : y0 + ((y1 - y0) * Math.log(x / x0)) / Math.log(x1 / x0));
        area += (Math.log(to / from) * (at(from) + at(to))) / 2;
      }
      [x0, y0] = [x1, y1];
    });
    return area / Math.log(upper / lower);
  });
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
