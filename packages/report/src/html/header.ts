import { resultsCsv } from '../csv.ts';
import type { MethodResult, Protocol, Results } from '../results.ts';
import { dataUrl } from './data-url.ts';
import { factList } from './facts.ts';
import { madeBy } from './made-by.ts';
import { html, type Markup } from './markup.ts';

/** What was run, on what, by which command; and the numbers to take away. */
export function header(results: Results, title: string, command: string | undefined): Markup {
  const { dataset, protocol, environment, methods } = results;
  const { size, contamination, of, overlap, seed, images, ...settings } = protocol;
  const facts: [string, string][] = [
    ['data set', dataset],
    ['size', `${size.width} × ${size.height} pixels`],
    ['contamination', contaminationText(contamination, of)],
    ['contaminants', overlap ? 'also stay in the test set (overlap)' : 'removed from the test set (no overlap)'],
    [Array.isArray(seed) ? 'seeds' : 'seed', list(seed)],
  ];
  if (images) {
    facts.push(['training images', `${images.train}, of which ${images.contaminants} with a defect`]);
    facts.push(['test images', `${images.testGood} good, ${images.testDefective} with a defect`]);
  }
  const count = methods.filter(({ role }) => role === 'method').length;
  facts.push(['date', environment.date.slice(0, 10)]);
  return html`<header>
<p class="kicker">Anomaly segmentation · ${count === 1 ? '1 method' : `${count} methods`}</p>
<h1>${title}</h1>
${headline(results)}
${factList(facts)}
${command && madeBy(command)}
<details><summary>All settings and the environment</summary>
${factList(
  [
    ...Object.entries(settings),
    ...methods.filter(({ facts }) => Object.keys(facts).length > 0).map(({ name, role, facts }) => [`${role} ${name}`, facts] as const),
    ['node', environment.node] as const,
    ['platform', environment.platform] as const,
    ['cpu', environment.cpu] as const,
    ['backend', environment.backend] as const,
    ...Object.entries(environment.versions),
  ].map(([term, value]) => [term, settingText(value)] as const),
)}</details>
<p class="downloads">Numbers: <a download="results.json" href="${dataUrl('application/json', JSON.stringify(results, null, 2))}">results.json</a>
<a download="results.csv" href="${dataUrl('text/csv', resultsCsv(results))}">results.csv</a>
<a download="defects.csv" href="${dataUrl('text/csv', resultsCsv(results, { rows: 'defects' }))}">defects.csv</a></p>
</header>`;
}

/** The answer in a sentence or two, by pixel AP: where defects are rare, it is the metric that tells methods apart. */
function headline({ methods, protocol }: Results): Markup | false {
  const ranked = byPrecision(methods, 'method');
  const [first] = ranked;
  if (!first) return false;
  const level = ranked.filter(({ value }) => value === first.value);
  const behind = ranked.filter(({ value }) => value !== first.value).map(({ name, value }) => `${name} ${value}`);
  const names = joined(level.map(({ name }) => name));
  const verb = ranked.length === 1 ? 'reaches' : level.length > 1 ? 'are level at' : 'leads with';
  const reference = byPrecision(methods, 'reference')[0];
  const seeds = Array.isArray(protocol.seed) ? protocol.seed.length : 1;
  return html`<p class="headline">By pixel AP, <b>${names}</b> ${verb} ${first.value}${behind.length > 0 && `, ahead of ${joined(behind)}`}.
${reference && `The best reference, ${reference.name}, reaches ${reference.value}.`}
${ranked.length > 1 && seeds === 1 && html`<span class="quiet">One run each, so the order may be chance.</span>`}</p>`;
}

/** Of the methods of a role where it is defined, from high to low, as shown. */
function byPrecision(methods: readonly MethodResult[], role: MethodResult['role']): { name: string; value: string }[] {
  return methods
    .flatMap((method) =>
      method.role === role && method.pixel.averagePrecision !== null ? [{ name: method.name, value: method.pixel.averagePrecision }] : [],
    )
    .sort((a, b) => b.value - a.value)
    .map(({ name, value }) => ({ name, value: value.toFixed(3) }));
}

function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function contaminationText(contamination: Protocol['contamination'], of: 'normals' | 'total'): string {
  const shares = (Array.isArray(contamination) ? contamination : [contamination]).map((share) =>
    share === 'natural' ? share : `${Number((100 * share).toFixed(1))} %`,
  );
  return `${shares.join(', ')} of ${of === 'normals' ? 'the normal images' : 'the training set'}`;
}

function list(value: number | number[]): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** `{ depth: 200, loss: { name: 'huber', delta: 0.2 } }` reads as `depth 200, loss huber (delta 0.2)`. */
function settingText(value: unknown): string {
  if (Array.isArray(value)) return value.map(innerText).join(', ') || 'none';
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, part]) => (key === 'name' ? innerText(part) : `${key} ${innerText(part)}`))
      .join(', ');
  }
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

/** What has parts of its own is in parentheses, behind its name. */
function innerText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return settingText(value);
  if (Array.isArray(value)) return value.some((part) => typeof part === 'object') ? `(${settingText(value)})` : settingText(value);
  const { name, ...parts } = value as Readonly<Record<string, unknown>>;
  if (name === undefined) return `(${settingText(parts)})`;
  return Object.keys(parts).length > 0 ? `${innerText(name)} (${settingText(parts)})` : innerText(name);
}
