/** Three significant digits; with an exponent only below 1e-6 and from 1e21 on. */
export function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
