import domino from '@mixmark-io/domino';
import * as Plot from '@observablehq/plot';
import { type Markup, raw } from './markup.ts';

/**
 * Observable Plot as markup. Plot builds its SVG in a document; domino is one in plain JavaScript, used on every runtime, so that
 * Node, a worker and a browser tab write the same bytes.
 *
 * Colours are CSS: `currentColor` and the page's `var(--…)`, so one drawing serves light and dark.
 *
 * @param options As for `Plot.plot`; `ariaLabel` says in words what is drawn.
 */
export function drawPlot(options: Plot.PlotOptions & { ariaLabel: string }): Markup {
  const svg = Plot.plot({ className: 'plot', ...options, document: plotDocument() });
  svg.setAttribute('role', 'img');
  svg.querySelector('style')?.remove(); // the page's style sheet has these rules, once
  return raw(svg.outerHTML);
}

let shared: Document | undefined;

function plotDocument(): Document {
  shared ??= domino.createDocument() as Document;
  return shared;
}
