import type { Suspects } from '../suspects.ts';
import { html, type Markup } from './markup.ts';
import { type MethodStyles, swatch } from './method-style.ts';
import { suspectParts } from './suspect-parts.ts';

export type MethodSuspects = Suspects & {
  /** As in `results.methods`. */
  method: string;
};

/** Fewer than on a page of their own: here they are one of many things. */
const SHOWN = { suspects: 24, trusted: 4 };

/** @param controls Whether the size of tiles is set here, because nothing above does. */
export function suspectsSection(lists: readonly MethodSuspects[], styles: MethodStyles, controls: boolean): Markup {
  return html`<section id="suspects" aria-labelledby="suspects-title">
<h2 id="suspects-title">Suspected training images</h2>
<p class="lead">Some methods score all training images and learn no more from those that look defective. A high score is a reason to look, not a proof: an image that is
sound but rare scores high as well.</p>
${lists.map((list, index) => {
  const style = styles.of('suspects', list.method);
  const parts = suspectParts(`htmlReport: suspects by ${list.method}`, list, { shown: SHOWN, controls: controls && index === 0 });
  return html`<h3>${swatch(style)}${list.method}</h3>
${parts.verdict}
${parts.scores}
${parts.download}
${parts.key}
${parts.suspects && html`<h4>Suspects of ${list.method}</h4>${parts.suspects}`}
${parts.trusted && html`<h4>Trusted by ${list.method}, closest to the cut-off</h4>${parts.trusted}`}`;
})}
</section>`;
}
