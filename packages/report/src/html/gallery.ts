import { averagePrecision, poolMap } from '@rddpm/metrics';
import type { MethodResult } from '../results.ts';
import { type ColorScale, infernoScale } from './color-scale.ts';
import { mapScale, scaleLegend } from './map-scale.ts';
import { html, type Markup } from './markup.ts';
import { type MethodStyles, swatch } from './method-style.ts';
import { channelsOf, type Raster } from './raster.ts';
import { type Case, selectCases } from './select-cases.ts';
import { threeDigits } from './three-digits.ts';
import { mapTile, outline, pictureTile, tileOptions, widened } from './tiles.ts';

export type GallerySample = {
  /** What the reader can find the file by: `broken_large/003`. */
  name: string;
  /** The kind of its defect, or what normal images are called. */
  defect: string;
  /** Whether it is known to be normal. @defaultValue `defect === 'good'` */
  normal?: boolean;
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
   * @defaultValue from 0 (or the lowest value below) to the 99.5 % quantile of the methods' maps (not the references'), or to a threshold
   * above it; where methods score in units far apart, one such scale for each
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
  const compared = methods.filter(({ role, name }) => role === 'method' && names.includes(name)).map(({ name }) => name);
  const ranking = compared.length > 0 ? compared : names;

  const scored = scoreSamples(samples, names, ranking);
  const groups = selectCases(scored, cases);
  const scales = colorScales(gallery, names, ranking);
  const reconstructed = samples.some((sample) => names.some((name) => sample.methods[name]?.reconstruction));
  const drawing = { thresholds, scales, styles, reconstructed };
  const shown = [groups.best, groups.worst, groups.suspected, groups.typical].flat().length;
  const figures = (title: string, lead: string, entries: readonly ScoredSample[]) =>
    entries.length > 0 &&
    html`<h3>${title}</h3>
<p>${lead}</p>
<div class="cases">${entries.map((entry) => sampleFigure(entry, drawing))}</div>`;

  return html`<section id="gallery" aria-labelledby="gallery-title">
<h2 id="gallery-title">Gallery</h2>
<p class="lead">${shown} of ${samples.length} test images. ${
    reconstructed
      ? `Left column: the input, and below it the input with the true defect outlined. Then for each method its
reconstruction and, below, its anomaly map.`
      : 'First the input, then the input with the true defect outlined, then the anomaly map of each method.'
  } ${
    scales.shared
      ? 'Every map uses the same colour scale, so a dark map is a calm one.'
      : `A dark map is a calm one. The methods score in units far apart, so each has a colour scale of its own, for all images alike: compare the maps
of one method with each other.`
  }</p>
${tileOptions({ truth: true, found: names.some((name) => thresholds[name] !== undefined) })}
${legends(scales, names, thresholds, styles)}
${figures('Best found', ranking.length > 1 ? 'Defective images with the highest pixel AP, mean of the methods.' : 'Defective images with the highest pixel AP.', groups.best)}
${figures('Worst found', 'Defective images with the lowest pixel AP, worst first.', groups.worst)}
${figures('Good, but suspected', 'Good images with the highest scores. There is nothing to find here: what lights up is a false alarm.', groups.suspected)}
${figures('One of each type', 'Of each defect type, the image in the middle by pixel AP, among those not shown above.', groups.typical)}
</section>`;
}

const isNormal = ({ normal, defect }: GallerySample) => normal ?? defect === 'good';

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
      if (mask && (mask.width !== result.map.width || mask.height !== result.map.height)) {
        const size = ({ width, height }: Raster) => `${width} x ${height}`;
        throw new RangeError(
          `htmlReport: gallery mask of '${name}' is ${size(mask)} but the map by ${method} is ${size(result.map)}; scale the mask to the map`,
        );
      }
      const ap = labels?.includes(1) ? averagePrecision(labels, result.map.data) : null;
      return { method, score: result.score ?? poolMap(result.map.data), averagePrecision: ap };
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
      normal: isNormal(sample),
      averagePrecision: precisions.length > 0 ? sum(precisions) / precisions.length : null,
      rank: sum(ranks) / (ranking.length * Math.max(1, scored.length - 1)),
    };
  });
}

type ColorScales = { shared: ColorScale | undefined; of: (method: string) => ColorScale };

/** Methods whose maps end this many times higher or lower than another's are not drawn on one scale: the lower ones would be black. */
const FAR_APART = 5;

/** One scale for all where that shows something of each; else each method's own. */
function colorScales({ samples, thresholds = {}, scale }: Gallery, names: readonly string[], ranking: readonly string[]): ColorScales {
  const one = (shared: ColorScale) => ({ shared, of: () => shared });
  if (scale) {
    if (scale[0] < scale[1]) return one(infernoScale(...scale));
    throw new RangeError(`htmlReport: gallery.scale goes from ${scale[0]} to ${scale[1]}; the first must be below the second`);
  }
  const scaleOf = (methods: readonly string[]) =>
    mapScale(
      samples.flatMap((sample) => methods.map((method) => sample.methods[method]!.map.data)),
      methods.flatMap((method) => thresholds[method] ?? []),
    );
  const heights = ranking.map((method) => scaleOf([method])).map(({ from, to }) => to - from);
  if (Math.max(...heights) <= FAR_APART * Math.min(...heights)) return one(scaleOf(ranking));
  const own = new Map(names.map((name) => [name, scaleOf([name])]));
  return { shared: undefined, of: (method) => own.get(method)! };
}

function legends(scales: ColorScales, names: readonly string[], thresholds: Drawing['thresholds'], styles: MethodStyles): Markup {
  const label = (method: string) => html`${swatch(styles.of('gallery', method))}${method}`;
  const marks = (methods: readonly string[]) =>
    methods.flatMap((method) => {
      const threshold = thresholds[method];
      return threshold === undefined ? [] : [{ threshold, label: label(method) }];
    });
  if (scales.shared) return scaleLegend(scales.shared, 'Anomaly map, the same scale for all images and methods', marks(names));
  return html`${names.map((name) => scaleLegend(scales.of(name), html`Anomaly map by ${label(name)}`, marks([name])))}`;
}

type Drawing = {
  thresholds: Readonly<Record<string, number>>;
  scales: ColorScales;
  styles: MethodStyles;
  /** Whether any method has reconstructions: then each has a place for them. */
  reconstructed: boolean;
};

function sampleFigure({ sample, columns }: ScoredSample, { thresholds, scales, styles, reconstructed }: Drawing): Markup {
  const { name, defect, image, mask } = sample;
  const input = (alt: string, over?: Markup) => pictureTile(`htmlReport: gallery image '${name}'`, image, `${name}: ${alt}`, over);
  const truth = mask && outline('truth', mask, (value) => value > 0);

  const column = (heading: string, below: string, tiles: Markup) => html`<div class="column">
<div class="column-head"><span class="column-name">${heading}</span><span class="quiet">${below}</span></div>
${tiles}
</div>`;
  const nothing = isNormal(sample) ? 'no defect' : 'no mask';
  const plain = input('input');
  const outlined = input(truth ? 'input with the true defect outlined' : `input, ${nothing}`, truth);
  const inputColumns = reconstructed
    ? column('input', truth ? 'and true defect' : nothing, html`${plain}${outlined}`)
    : html`${column('input', truth ? '' : nothing, plain)}${truth && column('true defect', '', outlined)}`;

  const methodColumns = columns.map(({ method, score, averagePrecision }) => {
    const { map, reconstruction } = sample.methods[method]!;
    const by = (what: string) => `htmlReport: gallery ${what} of '${name}' by ${method}`;
    return html`<div class="column">
<div class="column-head"><span class="column-name">${swatch(styles.of('gallery', method))}${method}</span>
<span class="quiet">score ${threeDigits(score)}</span><span class="quiet">${averagePrecision === null ? '' : `AP ${averagePrecision.toFixed(2)}`}</span></div>
${
  reconstruction
    ? pictureTile(by('reconstruction'), reconstruction, `${name}: reconstruction by ${method}`)
    : reconstructed && html`<div class="tile none" style="aspect-ratio: ${map.width} / ${map.height}">no reconstruction</div>`
}
${mapTile(by('map'), map, `${name}: anomaly map by ${method}`, { scale: scales.of(method), threshold: thresholds[method], over: truth })}
</div>`;
  });

  return html`<article class="case" aria-label="${name}">
<h4>${name}${!name.startsWith(`${defect}/`) && html` <span class="badge">${defect}</span>`}</h4>
<div class="columns" role="region" aria-label="Tiles of ${name}" tabindex="0"${widened(image)}>${inputColumns}${methodColumns}</div>
</article>`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
