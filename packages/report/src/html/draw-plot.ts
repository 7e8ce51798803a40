import domino from '@mixmark-io/domino';
import * as Plot from '@observablehq/plot';
import { type Markup, raw } from './markup.ts';

/**
 * Observable Plot as markup. Plot builds its SVG in a document; domino is one in plain JavaScript, used on every runtime alike.
 * (In a browser tab Plot itself shifts lines by half a pixel on screens of single density; the rest is the same.)
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

type PlotDocument = NonNullable<Plot.PlotOptions['document']>;

let shared: PlotDocument | undefined;

function plotDocument(): PlotDocument {
  shared ??= domino.createDocument() as PlotDocument;
  return shared;
}
