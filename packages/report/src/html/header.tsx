import { resultsCsv } from '../csv.ts';
import type { MethodResult, Protocol, Results } from '../results.ts';
import { contaminationLabel } from './contamination-label.ts';
import { Download } from './download.tsx';
import { type Fact, FactList } from './fact-list.tsx';
import { MadeBy } from './made-by.tsx';

type Props = { readonly results: Results; readonly title: string; readonly command: string | undefined };

/** What was run, on what, by which command; and the numbers to take away. */
export function Header({ results, title, command }: Props) {
  const { dataset, protocol, environment, methods } = results;
  const { size, contamination, of, overlap, seed, images, ...settings } = protocol;
  const facts: Fact[] = [
    ['data set', dataset],
    ['size', `${size.width} × ${size.height} pixels`],
    ['contamination', contaminationText(contamination, of)],
    ['contaminants', overlap ? 'also stay in the test set (overlap)' : 'removed from the test set (no overlap)'],
    [Array.isArray(seed) ? 'seeds' : 'seed', list(seed)],
  ];
  if (images) {
    const [known, ...others] = [contamination].flat();
    const what = others.length > 0 ? `training images at ${contaminationLabel(known)}` : 'training images';
    facts.push([what, `${images.train}, of which ${images.contaminants} with a defect`]);
    facts.push(['test images', `${images.testGood} good, ${images.testDefective} with a defect`]);
  }
  const allSettings: (readonly [string, unknown])[] = [
    ...Object.entries(settings),
    ...methods
      .filter(({ contamination, facts }) => contamination === methods[0]!.contamination && Object.keys(facts).length > 0)
      .map(({ name, role, facts }) => [`${role} ${name}`, facts] as const),
    ['node', environment.node],
    ['platform', environment.platform],
    ['cpu', environment.cpu],
    ['backend', environment.backend],
    ...Object.entries(environment.versions),
  ];
  const count = new Set(methods.flatMap(({ role, name }) => (role === 'method' ? [name] : []))).size;
  facts.push(['date', environment.date.slice(0, 10)]);
  return (
    <header>
      <p class="kicker">Anomaly segmentation · {count === 1 ? '1 method' : `${count} methods`}</p>
      <h1>{title}</h1>
      <Headline {...results} />
      <FactList facts={facts} />
      {command && <MadeBy command={command} />}
      <details>
        <summary>All settings and the environment</summary>
        <FactList facts={allSettings.map(([term, value]) => [term, settingText(value)])} />
      </details>
      <p class="downloads">
        Numbers: <Download name="results.json" type="application/json" text={JSON.stringify(results, null, 2)} />{' '}
        <Download name="results.csv" type="text/csv" text={resultsCsv(results)} />{' '}
        <Download name="defects.csv" type="text/csv" text={resultsCsv(results, { rows: 'defects' })} />
      </p>
    </header>
  );
}

/** The answer in a sentence or two, by pixel AP: where defects are rare, it is the metric that tells methods apart. */
function Headline({ methods: all, protocol }: Pick<Results, 'methods' | 'protocol'>) {
  const contamination = all.at(-1)?.contamination; // of several the last one, which usually is the highest
  const methods = all.filter((method) => method.contamination === contamination);
  const ranked = byPrecision(methods, 'method');
  const [first] = ranked;
  if (!first) return null;
  const level = ranked.filter(({ value }) => value === first.value);
  const behind = ranked.filter(({ value }) => value !== first.value).map(({ name, value }) => `${name} ${value}`);
  const names = joined(level.map(({ name }) => name));
  const verb = ranked.length === 1 ? 'reaches' : level.length > 1 ? 'are level at' : 'leads with';
  const reference = byPrecision(methods, 'reference')[0];
  const seeds = Array.isArray(protocol.seed) ? protocol.seed.length : 1;
  return (
    <p class="headline">
      By pixel AP{contamination !== undefined && ` at ${contaminationLabel(contamination)} contamination`}, <b>{names}</b> {verb}{' '}
      {first.value}
      {behind.length > 0 && `, ahead of ${joined(behind)}`}.{' '}
      {reference && `The best reference, ${reference.name}, reaches ${reference.value}. `}
      {ranked.length > 1 && seeds === 1 && <span class="quiet">One run each, so the order may be chance.</span>}
    </p>
  );
}

/** The pixel AP of those methods of a role that have one, from high to low, with the decimals that are shown. */
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
  const shares = [contamination].flat().map(contaminationLabel);
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

/** A value within another: if it has parts of its own, they stand in parentheses behind its name. */
function innerText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return settingText(value);
  if (Array.isArray(value)) return value.some((part) => typeof part === 'object') ? `(${settingText(value)})` : settingText(value);
  const { name, ...parts } = value as Readonly<Record<string, unknown>>;
  if (name === undefined) return `(${settingText(parts)})`;
  return Object.keys(parts).length > 0 ? `${innerText(name)} (${settingText(parts)})` : innerText(name);
}
