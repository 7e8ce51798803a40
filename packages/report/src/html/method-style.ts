import type { MethodResult } from '../results.ts';

/** How a method is drawn, the same in every plot: references grey and dashed, the others in colour. */
export type MethodStyle = { color: string; dash: string };

export type MethodStyles = {
  /** @throws {RangeError} for a method that the results don't have; `where` says which input named it. */
  of(where: string, method: string): MethodStyle;
};

/** How many colours the style sheet has; the method after the last colour gets the first one again, dashed. */
const METHOD_COLORS = 6;

/** None is dotted, for that is the line of chance. */
const DASHES = ['none', '7 3', '8 3 2 3'];

export function methodStyles(methods: readonly MethodResult[]): MethodStyles {
  const styles = new Map<string, MethodStyle>();
  const ofRole = (role: MethodResult['role']) => [...new Set(methods.filter((method) => method.role === role).map(({ name }) => name))];
  for (const [index, name] of ofRole('method').entries()) {
    styles.set(name, { color: `var(--method-${index % METHOD_COLORS})`, dash: DASHES[Math.floor(index / METHOD_COLORS) % DASHES.length]! });
  }
  for (const [index, name] of ofRole('reference').entries()) {
    styles.set(name, { color: 'var(--baseline)', dash: DASHES[1 + (index % 2)]! });
  }
  return {
    of(where, method) {
      const style = styles.get(method);
      if (style) return style;
      throw new RangeError(
        `htmlReport: ${where} names the method '${method}'; results.methods has ${[...styles.keys()].join(', ') || 'none'}`,
      );
    },
  };
}
