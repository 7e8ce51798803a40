import domino from '@mixmark-io/domino';
import * as Plot from '@observablehq/plot';
import type { VNode } from 'preact';
import { unescaped } from './unescaped.ts';

type Options = Plot.PlotOptions & {
  /** Says in words what is drawn. */
  ariaLabel: string;
};

/** A plot as part of a page. */
export function drawPlot(options: Options): VNode {
  const svg = plotSvg(options);
  const attributes = Object.fromEntries(Array.from(svg.attributes, ({ name, value }) => [name, value]));
  return <svg {...attributes} {...unescaped(svg.innerHTML)} />;
}

/**
 * A plot as an element. Observable Plot builds it in a document; domino is one in plain JavaScript, used on every runtime alike.
 * (In a browser tab Plot itself shifts lines by half a pixel on screens of single density; the rest is the same.)
 *
 * Colours are CSS: `currentColor` and the page's `var(--…)`, so one drawing serves light and dark.
 */
export function plotSvg(options: Options): Element {
  const svg = Plot.plot({ className: 'plot', ...options, document: plotDocument() });
  svg.setAttribute('role', 'img');
  svg.querySelector('style')?.remove(); // the page's style sheet has these rules, once
  return svg;
}

type PlotDocument = NonNullable<Plot.PlotOptions['document']>;

let shared: PlotDocument | undefined;

function plotDocument(): PlotDocument {
  shared ??= domino.createDocument() as PlotDocument;
  return shared;
}
