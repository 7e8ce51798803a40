import type { Contamination } from '../results.ts';

/** `0.2` is '20 %'. */
export function contaminationLabel(contamination: Contamination | undefined): string {
  return typeof contamination === 'number' ? `${Number((100 * contamination).toFixed(1))} %` : (contamination ?? '');
}
