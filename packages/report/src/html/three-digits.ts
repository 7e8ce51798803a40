/** Three digits, without an exponent where it can be helped: scores are small numbers of any size. */
export function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
