import { averagePrecision } from '@rddpm/metrics';
import type { MethodResult } from '../results.ts';
import { type ColorScale, gradient, infernoScale, pooledQuantile } from './color-scale.ts';
import { html, type Markup } from './markup.ts';
import { type MethodStyles, swatch } from './method-style.ts';
import { outlinePath } from './outline.ts';
import { channelsOf, mapUrl, pictureUrl, type Raster } from './raster.ts';
import { type Case, selectCases } from './select-cases.ts';

export type GallerySample = {
  /** What the reader can find the file by: `broken_large/003`. */
  name: string;
  /** Defect type, 'good' for a normal image. */
  defect: string;
  image: Raster;
  /** 0 where normal; left out for a good image. */
  mask?: Raster;
  /** By method name; the same methods for every sample. */
  methods: Readonly<Record<string, GalleryMethod>>;
};

export type GalleryMethod = {
  reconstruction?: Raster;
  /** The anomaly map, one channel, higher for more anomalous. */
  map: Raster;
  /** The image's score. @defaultValue the map's maximum */
  score?: number;
};

export type Gallery = {
  /** All test images, or those to choose from: the page shows the best, worst and typical cases, and the good images that score highest. */
  samples: readonly GallerySample[];
  /** By method: where its map counts as defective. Marked on the colour scale and outlined on the maps. */
  thresholds?: Readonly<Record<string, number>>;
  /**
   * The values at both ends of the colour scale, for all maps alike.
   * @defaultValue from 0 (or the lowest value below) to the 99.5 % quantile of the trained methods' maps, or to a threshold above it
   */
  scale?: readonly [from: number, to: number];
  /** How many to show of the best, the worst, and the good ones that score highest. @defaultValue 4 */
  cases?: number;
};

type ScoredSample = Case & {
  sample: GallerySample;
  /** In the order of the columns; averagePrecision is null without a defective pixel. */
  columns: { method: string; score: number; averagePrecision: number | null }[];
};

export function gallerySection(gallery: Gallery, methods: readonly MethodResult[], styles: MethodStyles): Markup {
  const { samples, thresholds = {}, cases = 4 } = gallery;
  const names = methods.map(({ name }) => name).filter((name) => samples.some((sample) => sample.methods[name]));
  for (const sample of samples) {
    for (const name of Object.keys(sample.methods)) styles.of(`gallery sample '${sample.name}'`, name);
  }
  const trained = methods.filter(({ kind }) => kind === 'trained').map(({ name }) => name);
  const ranking = trained.some((name) => names.includes(name)) ? names.filter((name) => trained.includes(name)) : names;

  const scored = scoreSamples(samples, names, ranking);
  const groups = selectCases(scored, cases);
  const scale = colorScale(gallery, ranking);
  const shown = [groups.best, groups.worst, groups.suspected, groups.typical].flat().length;
  const figures = (title: string, lead: string, entries: readonly ScoredSample[]) =>
    entries.length > 0 &&
    html`<h3>${title}</h3>
<p>${lead}</p>
<div class="cases">${entries.map((entry) => sampleFigure(entry, { thresholds, scale, styles }))}</div>`;

  return html`<section id="gallery" aria-labelledby="gallery-title">
<h2 id="gallery-title">Gallery</h2>
<p class="lead">${shown} of ${samples.length} test images. Left column: the input, and below it the input with the true defect outlined. Then for each method its
reconstruction and, below, its anomaly map. Every map uses the same colour scale, so a dark map is a calm one.</p>
<div class="options" role="group" aria-label="How the gallery is drawn">
<fieldset><legend>Tiles</legend>
<label><input type="radio" name="tiles" id="tiles-small">small</label>
<label><input type="radio" name="tiles" id="tiles-medium" checked>medium</label>
<label><input type="radio" name="tiles" id="tiles-large">large</label>
</fieldset>
<fieldset><legend>On the maps</legend>
<label><input type="checkbox" id="outline-truth" checked><span class="key truth"></span>true defect</label>
${Object.keys(thresholds).length > 0 && html`<label><input type="checkbox" id="outline-found" checked><span class="key found"></span>above the threshold</label>`}
</fieldset>
</div>
${scaleLegend(scale, names, thresholds, styles)}
${figures('Best found', 'Defective images with the highest pixel AP, mean of the trained methods.', groups.best)}
${figures('Worst found', 'Defective images with the lowest pixel AP, worst first.', groups.worst)}
${figures('Good, but suspected', 'Good images with the highest scores. There is nothing to find here: what lights up is a false alarm.', groups.suspected)}
${figures('One of each type', 'Of each defect type, the image in the middle by pixel AP, among those not shown above.', groups.typical)}
</section>`;
}

function scoreSamples(samples: readonly GallerySample[], names: readonly string[], ranking: readonly string[]): ScoredSample[] {
  const scored = samples.map((sample) => {
    const { mask, name } = sample;
    if (mask) channelsOf(`htmlReport: gallery mask of '${name}'`, mask, [1]);
    const labels = mask && Uint8Array.from(mask.data, (value) => (value > 0 ? 1 : 0));
    const columns = names.map((method) => {
      const result = sample.methods[method];
      if (!result)
        throw new RangeError(`htmlReport: gallery sample '${name}' has no '${method}', but others have; give all samples the same methods`);
      channelsOf(`htmlReport: gallery map of '${name}' by ${method}`, result.map, [1]);
      if (mask && mask.data.length !== result.map.data.length) {
        const size = ({ width, height }: Raster) => `${width} x ${height}`;
        throw new RangeError(
          `htmlReport: gallery mask of '${name}' is ${size(mask)} but the map by ${method} is ${size(result.map)}; scale the mask to the map`,
        );
      }
      const ap = labels?.includes(1) ? averagePrecision(labels, result.map.data) : null;
      return { method, score: result.score ?? maximum(result.map.data), averagePrecision: ap };
    });
    return { sample, columns };
  });
  const isRanking = ({ method }: { method: string }) => ranking.includes(method);
  return scored.map(({ sample, columns }) => {
    const precisions = columns.filter(isRanking).flatMap(({ averagePrecision }) => averagePrecision ?? []);
    // Methods score on scales of their own, so their ranks are averaged, not their scores.
    const ranks = columns.map(({ score }, column) =>
      isRanking(columns[column]!) ? scored.filter((other) => other.columns[column]!.score < score).length : 0,
    );
    return {
      sample,
      columns,
      defect: sample.defect,
      averagePrecision: precisions.length > 0 ? sum(precisions) / precisions.length : null,
      rank: sum(ranks) / (ranking.length * Math.max(1, scored.length - 1)),
    };
  });
}

function colorScale({ samples, thresholds = {}, scale }: Gallery, ranking: readonly string[]): ColorScale {
  if (scale) {
    if (scale[0] < scale[1]) return infernoScale(...scale);
    throw new RangeError(`htmlReport: gallery.scale goes from ${scale[0]} to ${scale[1]}; the first must be below the second`);
  }
  const maps = samples.flatMap((sample) => ranking.map((method) => sample.methods[method]!.map.data));
  const low = Math.min(0, pooledQuantile(maps, 0));
  const bounds = ranking.map((method) => thresholds[method] ?? low).map((threshold) => low + 1.25 * (threshold - low));
  const high = Number(Math.max(pooledQuantile(maps, 0.995), ...bounds).toPrecision(2));
  return infernoScale(low, high > low ? high : low + 1);
}

function scaleLegend(
  scale: ColorScale,
  names: readonly string[],
  thresholds: Readonly<Record<string, number>>,
  styles: MethodStyles,
): Markup {
  const percent = (value: number) => `${(100 * Math.min(1, Math.max(0, (value - scale.from) / (scale.to - scale.from)))).toFixed(2)}%`;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => scale.from + share * (scale.to - scale.from));
  const marks = names.flatMap((method) => {
    const threshold = thresholds[method];
    return threshold === undefined ? [] : [{ method, threshold, style: styles.of('gallery', method) }];
  });
  return html`<div class="scale">
<div class="scale-title">Anomaly map, the same scale for all images and methods</div>
<div class="scale-bar" role="img" aria-label="Colours from dark at ${number(scale.from)} to bright at ${number(scale.to)} and above" style="background: ${gradient(scale)}">
${marks.map(({ threshold }) => html`<span class="mark" style="left: ${percent(threshold)}"></span>`)}
</div>
<div class="scale-ticks" aria-hidden="true">${ticks.map(
    (tick, index) => html`<span style="left: ${percent(tick)}">${index === ticks.length - 1 ? `≥ ${number(tick)}` : number(tick)}</span>`,
  )}</div>
${
  marks.length > 0 &&
  html`<ul class="legend"><li class="quiet">Thresholds (marks on the bar):</li>${marks.map(({ method, threshold, style }) => html`<li>${swatch(style)}${method} ${number(threshold)}</li>`)}</ul>`
}
</div>`;
}

type Drawing = { thresholds: Readonly<Record<string, number>>; scale: ColorScale; styles: MethodStyles };

function sampleFigure({ sample, columns }: ScoredSample, { thresholds, scale, styles }: Drawing): Markup {
  const { name, defect, image, mask } = sample;
  const picture = pictureUrl(`htmlReport: gallery image '${name}'`, image);
  const truth = mask && outlinePath(mask, (value) => value > 0);
  const outline = (kind: 'truth' | 'found', { width, height }: Raster, path: string | undefined) =>
    path &&
    html`<svg class="outline ${kind}" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true"><path d="${path}"/></svg>`;

  const inputColumn = html`<div class="column">
<div class="column-head"><span class="column-name">input</span><span class="quiet">${defect === 'good' ? 'no defect' : 'and true defect'}</span></div>
<div class="tile"><img src="${picture}" alt="${name}: input" loading="lazy"></div>
<div class="tile"><img src="${picture}" alt="${name}: ${truth ? 'input with the true defect outlined' : 'input, without a defect'}" loading="lazy">${outline('truth', mask ?? image, truth)}</div>
</div>`;

  const methodColumns = columns.map(({ method, score, averagePrecision }) => {
    const { map, reconstruction } = sample.methods[method]!;
    const threshold = thresholds[method];
    const found = threshold === undefined ? undefined : outlinePath(map, (value) => value >= threshold);
    const rebuilt = reconstruction && pictureUrl(`htmlReport: gallery reconstruction of '${name}' by ${method}`, reconstruction);
    const where = `htmlReport: gallery map of '${name}' by ${method}`;
    return html`<div class="column">
<div class="column-head"><span class="column-name">${swatch(styles.of('gallery', method))}${method}</span>
<span class="quiet">score ${number(score)}</span><span class="quiet">${averagePrecision === null ? '' : `AP ${averagePrecision.toFixed(2)}`}</span></div>
<div class="tile">${rebuilt ? html`<img src="${rebuilt}" alt="${name}: reconstruction by ${method}" loading="lazy">` : html`<span class="quiet">no reconstruction</span>`}</div>
<div class="tile map"><img src="${mapUrl(where, map, scale.rgb)}" alt="${name}: anomaly map by ${method}" loading="lazy">${outline('truth', mask ?? map, truth)}${outline('found', map, found)}</div>
</div>`;
  });

  return html`<article class="case" aria-label="${name}">
<h4>${name}${!name.startsWith(`${defect}/`) && html` <span class="badge">${defect}</span>`}</h4>
<div class="columns" role="region" aria-label="Tiles of ${name}" tabindex="0">${inputColumn}${methodColumns}</div>
</article>`;
}

/** Three digits, without an exponent where it can be helped: scores are small numbers of any size. */
function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function maximum(values: ArrayLike<number>): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) highest = Math.max(highest, values[i]!);
  return highest;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
