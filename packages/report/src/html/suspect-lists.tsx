import { MethodName } from './method-name.tsx';
import type { MethodStyles } from './method-style.ts';
import type { MethodSuspects } from './report-input.ts';
import { suspectParts } from './suspect-parts.tsx';

/** Fewer than on a page of their own: here they are one of many things. */
const SHOWN = { suspects: 24, trusted: 4 };

type Props = {
  readonly lists: readonly MethodSuspects[];
  readonly styles: MethodStyles;
  /** Whether the size of tiles is set here, because nothing above does. */
  readonly controls: boolean;
};

/** The lists of suspects of a report, one after the other. */
export function SuspectLists({ lists, styles, controls }: Props) {
  return (
    <>
      <p class="lead">
        Some methods score all training images and learn no more from those that look defective. A high score is a reason to look, not a
        proof: an image that is sound but rare scores high as well.
      </p>
      {lists.map((list, index) => {
        const { method } = list;
        const parts = suspectParts(`htmlReport: suspects by ${method}`, list, { shown: SHOWN, controls: controls && index === 0 });
        return (
          <>
            <h3>
              <MethodName name={method} style={styles.of('suspects', method)} />
            </h3>
            {parts.verdict}
            {parts.scores}
            {parts.download}
            {parts.key}
            {parts.suspects && <h4>Suspects of {method}</h4>}
            {parts.suspects}
            {parts.trusted && <h4>Trusted by {method}, closest to the cut-off</h4>}
            {parts.trusted}
          </>
        );
      })}
    </>
  );
}
