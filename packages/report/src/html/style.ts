import { PALETTE } from './palette.ts';

/** The page's style sheet. */
export const STYLE = `${PALETTE}* { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 78rem; padding: 2rem clamp(1rem, 4vw, 3rem) 3rem; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--panel); z-index: 3; }
h1 { font-size: clamp(1.7rem, 4vw, 2.4rem); line-height: 1.15; margin: .1rem 0 .6rem; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { font-size: 1.4rem; margin: 0 0 .4rem; letter-spacing: -.01em; }
h3 { font-size: 1.05rem; margin: 1.8rem 0 .3rem; }
h4 { font-size: .95rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
p { margin: .3rem 0 .8rem; max-width: 50rem; }
main > section { margin-top: 3rem; }
.kicker { margin: 0; color: var(--quiet); font-size: .85rem; letter-spacing: .04em; text-transform: uppercase; }
.headline { font-size: 1.1rem; }
.lead, .note { color: var(--quiet); }
.note { font-size: .875rem; margin-top: .6rem; }
.quiet { color: var(--quiet); font-weight: 400; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(12.5rem, 1fr)); gap: .8rem 1.5rem; margin: 1.2rem 0; }
.facts dt { color: var(--quiet); font-size: .8rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.command-label { margin: 0 0 .2rem; color: var(--quiet); font-size: .8rem; }
.command { margin: 0 0 1rem; padding: .7rem .9rem; overflow-x: auto; background: var(--band); border: 1px solid var(--line); border-radius: 6px; font-size: .85rem; }
.command pre { margin: 0; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
details { margin: 1rem 0; }
summary { cursor: pointer; color: var(--link); }
.downloads { font-size: .9rem; color: var(--quiet); }
.downloads a { margin-right: .8rem; }
nav { position: sticky; top: 0; z-index: 2; margin: 1.5rem 0 -1rem; background: var(--page); border-bottom: 1px solid var(--line); overflow-x: auto; }
nav ul { display: flex; gap: 1.4rem; list-style: none; margin: 0; padding: .65rem 0; }
nav a { text-decoration: none; color: var(--quiet); font-size: .95rem; }
nav a:hover { color: var(--link); text-decoration: underline; }

.scroller { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .45rem .75rem; text-align: right; white-space: nowrap; }
th { font-weight: 600; }
thead th { color: var(--quiet); font-size: .8rem; font-weight: 500; vertical-align: bottom; }
thead tr:first-child th { padding-bottom: 0; }
thead th[colspan] { text-align: center; border-left: 1px solid var(--line); }
thead tr:last-child th { border-bottom: 1px solid var(--line); }
thead th[rowspan] { border-bottom: 1px solid var(--line); text-align: left; }
tbody th, td.name, thead tr:first-child th:first-child { text-align: left; }
tbody tr + tr > td, tbody tr + tr > th { border-top: 1px solid var(--band); }
tbody + tbody tr:first-child > * { border-top: 1px solid var(--line); }
tbody tr.reference { color: var(--quiet); }
tbody tr.reference th[scope="row"] { font-weight: 400; }
tbody th[scope="row"], thead tr:first-child th:first-child { position: sticky; left: 0; background: var(--panel); }
.defect { vertical-align: top; color: var(--ink); border-right: 1px solid var(--line); text-align: left; }
.spread { color: var(--quiet); font-size: .8em; }
.interval { display: block; white-space: nowrap; }
.undefined { color: var(--quiet); }
.footnotes { margin: .6rem 0; font-size: .85rem; color: var(--quiet); }
.badge { display: inline-block; padding: 0 .5em; border-radius: 4px; background: var(--band); color: var(--quiet); font-size: .78rem; font-weight: 500; }
.badge.seen { background: var(--seen-page); color: var(--seen); }
.swatch { width: 22px; height: 8px; margin-right: .45em; vertical-align: middle; overflow: visible; stroke-width: 2.5; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1.2rem; max-width: 60rem; }
.figures + * { margin-top: 1.2rem; }
.figures.small { grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); max-width: none; }
.figures > figure:only-child { max-width: 36rem; }
figure { margin: 0; padding: .9rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; min-width: 0; }
figcaption { font-weight: 600; font-size: .95rem; margin-bottom: .3rem; }
.plot { display: block; width: 100%; max-width: 34rem; height: auto; font-family: inherit; font-size: 11px; overflow: visible; }
.plot text { white-space: pre; }
.legend { display: flex; flex-wrap: wrap; gap: .15rem 1.2rem; list-style: none; margin: .5rem 0 0; padding: 0; font-size: .875rem; font-variant-numeric: tabular-nums; }

.options { display: flex; flex-wrap: wrap; gap: .3rem 1.8rem; margin: .8rem 0; font-size: .9rem; }
fieldset { display: flex; flex-wrap: wrap; align-items: center; gap: .2rem .9rem; border: 0; margin: 0; padding: 0; }
legend { float: left; padding: 0; color: var(--quiet); margin-right: .2rem; }
.options label { display: inline-flex; align-items: center; gap: .35rem; }
.key { width: 1rem; height: 1rem; border: 2px solid; background: #3b0f5c; border-radius: 2px; }
.key.truth { border-color: var(--truth); }
.key.found { border-color: var(--found); box-shadow: 0 0 0 1px var(--quiet); }
.scale { max-width: 44rem; margin: 1rem 0; font-size: .875rem; }
.scale-title { margin-bottom: .3rem; }
.scale-bar { position: relative; height: 1.1rem; border-radius: 3px; }
.mark { position: absolute; top: -.25rem; bottom: -.25rem; width: 4px; margin-left: -2px; background: #fff; border: solid #000; border-width: 0 1px; }
.scale-ticks { position: relative; height: 1.4rem; color: var(--quiet); font-variant-numeric: tabular-nums; }
.scale-ticks span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.scale-ticks span:first-child { transform: none; }
.scale-ticks span:last-child { transform: translateX(-100%); }

body { --tile: 7.9rem; --wide: 1; }
body:has(#tiles-small:checked) { --tile: 5.5rem; }
body:has(#tiles-large:checked) { --tile: 16rem; }
.cases { display: flex; flex-wrap: wrap; gap: 1.2rem; }
.case { max-width: 100%; padding: .9rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
.columns { display: flex; gap: .5rem; overflow-x: auto; }
.column { --width: calc(var(--wide) * var(--tile)); flex: 0 0 var(--width); width: var(--width); }
.column-head { font-size: .8rem; line-height: 1.3; height: 3.9em; white-space: nowrap; font-variant-numeric: tabular-nums; }
.column-head span { display: block; overflow: hidden; text-overflow: ellipsis; }
.column-head .swatch { width: 14px; margin-right: .3em; }
.tile { position: relative; margin-top: .4rem; line-height: 0; }
.tile img { width: 100%; height: auto; image-rendering: pixelated; border-radius: 2px; }
.tile.none { display: grid; place-content: center; padding: .3rem; border: 1px dashed var(--line); border-radius: 2px; color: var(--quiet); font-size: .75rem; line-height: 1.3; text-align: center; }
.outline { position: absolute; inset: 0; width: 100%; height: 100%; }
.outline path, .outline circle { fill: none; stroke-width: 1.5px; vector-effect: non-scaling-stroke; stroke-linecap: square; }
.outline.truth path { stroke: var(--truth); }
.outline.found path, .outline.ring circle { stroke: var(--found); }
body:has(#outline-truth:not(:checked)) .map .outline.truth, body:has(#outline-found:not(:checked)) .outline.found { display: none; }

.suspects { list-style: none; margin: .8rem 0 0; padding: 0; }
.suspects p { margin: 0; font-size: .875rem; width: 0; min-width: 100%; overflow-wrap: anywhere; }
.suspects .case-name { font-weight: 600; }
.suspects .case-facts { font-variant-numeric: tabular-nums; color: var(--quiet); }
.tiles { display: flex; flex-wrap: wrap; gap: .5rem; }
.tiles .tile { width: calc(.85 * var(--wide) * var(--tile)); }
.suspects .case { min-width: 13rem; }
.figures.summary { align-items: start; }
.figures.summary .facts { margin: 0; }
.facts .quiet { display: block; font-size: .85rem; line-height: 1.35; }

.glossary { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 1rem 2.5rem; }
.glossary dt { font-weight: 600; }
.glossary dd { margin: 0; color: var(--quiet); font-size: .925rem; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .85rem; }
@media (max-width: 40rem) {
  body { padding-top: 1.2rem; --tile: 5.2rem; }
  .facts { grid-template-columns: repeat(2, 1fr); }
  .case, figure { padding: .7rem; }
  .column-head { font-size: .7rem; }
  .column-head .swatch { display: none; }
  .tiles .tile { width: calc(var(--wide) * var(--tile)); }
  .scale-ticks span:nth-child(even) { display: none; }
  body:has(#tiles-small:checked) { --tile: 4.2rem; }
  body:has(#tiles-large:checked) { --tile: 9rem; }
}
@media print {
  nav, .options, .downloads, .skip { display: none; }
  .case, figure, tr { break-inside: avoid; }
  .scroller, .columns { overflow: visible; }
}
`;
