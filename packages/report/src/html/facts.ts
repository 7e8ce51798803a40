import { html, type Markup } from './markup.ts';

/** Terms with what they are here, in columns. */
export function factList(facts: Iterable<readonly [term: string, text: string | Markup]>): Markup {
  return html`<dl class="facts">${Array.from(facts, ([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}</dl>`;
}
