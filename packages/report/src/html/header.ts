import { resultsCsv } from '../csv.ts';
import type { MethodResult, Results } from '../results.ts';
import { html, type Markup } from './markup.ts';

/** What was run, on what, by which command; and the numbers to take away. */
export function header(results: Results, title: string, command: string | undefined): Markup {
  const { dataset, protocol, environment, methods } = results;
  const { size, contamination, of, overlap, seed, images, ...settings } = protocol;
  const facts: [string, string][] = [
    ['data set', dataset],
    ['size', `${size} × ${size} pixels`],
    ['contamination', contaminationText(contamination, of)],
    ['contaminants', overlap ? 'also stay in the test set (overlap)' : 'removed from the test set (no overlap)'],
    [Array.isArray(seed) ? 'seeds' : 'seed', list(seed)],
  ];
  if (images) {
    facts.push(['training images', `${images.train}, of which ${images.contaminants} with a defect`]);
    facts.push(['test images', `${images.testGood} good, ${images.testDefective} with a defect`]);
  }
  facts.push(['date', environment.date.slice(0, 10)]);
  return html`<header>
<p class="kicker">Anomaly segmentation · ${methods.filter(({ kind }) => kind === 'trained').length} methods</p>
<h1>${title}</h1>
<p class="headline">${headline(results)}</p>
<dl class="facts">${facts.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}</dl>
${command && html`<p class="command-label" id="command-label">Made by</p><pre class="command" role="region" aria-labelledby="command-label" tabindex="0"><code>${command}</code></pre>`}
<details><summary>All settings and the environment</summary>
<dl class="facts">${[
    ...Object.entries(settings),
    ...methods.filter((method) => method.kind === 'trained').map(({ name, loss }) => [`loss of ${name}`, loss] as const),
    ['node', environment.node] as const,
    ['platform', environment.platform] as const,
    ['cpu', environment.cpu] as const,
    ['backend', environment.backend] as const,
    ...Object.entries(environment.versions),
  ].map(([term, value]) => html`<div><dt>${term}</dt><dd>${settingText(value)}</dd></div>`)}</dl></details>
<p class="downloads">Numbers: <a download="results.json" href="${dataUrl('application/json', JSON.stringify(results, null, 2))}">results.json</a>
<a download="results.csv" href="${dataUrl('text/csv', resultsCsv(results))}">results.csv</a>
<a download="defects.csv" href="${dataUrl('text/csv', resultsCsv(results, { rows: 'defects' }))}">defects.csv</a></p>
</header>`;
}

/** The answer in one sentence, by pixel AP: where defects are rare, it is the metric that tells methods apart. */
function headline({ methods, protocol }: Results): Markup | string {
  const trained = methods
    .flatMap((method) =>
      method.kind === 'trained' && method.pixel.averagePrecision !== null ? [{ method, value: method.pixel.averagePrecision }] : [],
    )
    .sort((a, b) => b.value - a.value);
  const [first, second] = trained;
  if (!first) return '';
  const metrics = ({ pixel }: MethodResult) =>
    `pixel AP ${pixel.averagePrecision!.toFixed(3)}, AUROC ${pixel.auroc?.toFixed(3) ?? 'undefined'}`;
  const runs = Array.isArray(protocol.seed) && protocol.seed.length > 1 ? '' : ' One seed each: how far results scatter is not known.';
  if (!second) return html`<b>${first.method.name}</b>: ${metrics(first.method)}.${runs}`;
  return html`<b>${first.method.name}</b> marks defects best (${metrics(first.method)}), ahead of ${second.method.name} (${metrics(second.method)}).${runs}`;
}

function contaminationText(contamination: number | number[], of: 'normals' | 'total'): string {
  const shares = (Array.isArray(contamination) ? contamination : [contamination]).map((share) => `${Number((100 * share).toFixed(1))} %`);
  return `${shares.join(', ')} of ${of === 'normals' ? 'the normal images' : 'the training set'}`;
}

function list(value: number | number[]): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** `{ depth: 200, sampler: 'ddim' }` reads as `depth 200, sampler ddim`. */
function settingText(value: unknown): string {
  if (Array.isArray(value)) return value.map(settingText).join(', ');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, part]) => (key === 'name' ? settingText(part) : `${key} ${settingText(part)}`))
      .join(', ');
  }
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

function dataUrl(type: string, text: string): string {
  return `data:${type};charset=utf-8,${encodeURIComponent(text)}`;
}
