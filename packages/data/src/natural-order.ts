/** Orders texts as people do, 'part 9' before 'part 10': runs of digits by their value, all else by code unit, on every system alike. */
export function naturalOrder(a: string, b: string): number {
  const [left, right] = [runs(a), runs(b)];
  const at = left.findIndex((run, i) => run !== right[i]);
  const [x, y] = [left[at], right[at]];
  if (x === undefined) return left.length - right.length;
  if (y === undefined) return 1;
  const byValue = DIGITS.test(x) && DIGITS.test(y) ? Number(x) - Number(y) : 0;
  return byValue || (x < y ? -1 : 1);
}

const DIGITS = /^\d/;

function runs(text: string): string[] {
  return text.match(/\d+|\D+/g) ?? [];
}
