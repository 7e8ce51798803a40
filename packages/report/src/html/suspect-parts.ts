import {
  type RatedImage,
  rankImages,
  type ShownCounts,
  type SuspectScores,
  type Suspects,
  scoreSuspects,
  selectSuspects,
} from '../suspects.ts';
import { suspectsCsv } from '../suspects-csv.ts';
import type { ColorScale } from './color-scale.ts';
import { dataUrl } from './data-url.ts';
import { factList } from './facts.ts';
import { mapScale, scaleLegend } from './map-scale.ts';
import { html, type Markup } from './markup.ts';
import { scoreHistogram } from './score-histogram.ts';
import { threeDigits } from './three-digits.ts';
import { mapTile, pictureTile, ring, tileOptions, widened } from './tiles.ts';

/** What the standalone page of suspects and the report's section are made of; the headings are theirs. */
export type SuspectParts = {
  /** What was found, in a sentence or two. */
  verdict: Markup;
  /** The histogram, with figures beside it. */
  scores: Markup;
  /** All images as a file. */
  download: Markup;
  /** What cards show, and the colour scale of the maps; undefined without pictures. */
  key: Markup | undefined;
  /** Worst first; undefined if nothing is suspected. */
  suspects: Markup | undefined;
  /** Those that score highest; undefined if nothing is trusted. */
  trusted: Markup | undefined;
};

/**
 * @param where For errors: `suspectsPage`.
 * @param options.controls Whether the size of the tiles can be set here; once on a page.
 */
export function suspectParts(where: string, suspects: Suspects, options: { shown?: ShownCounts; controls: boolean }): SuspectParts {
  const { images, cutoff, rule, threshold } = suspects;
  const ranked = rankImages(where, images);
  const ranks = new Map(ranked.map((image, index) => [image, index + 1]));
  const scores = scoreSuspects(images);
  const count = ranked.filter(({ kept }) => !kept).length;
  const shown = selectSuspects(images, options.shown);
  const pictured = [...shown.suspects, ...shown.trusted];
  const maps = pictured.flatMap(({ map }) => (map ? [map.data] : []));
  const scale = maps.length > 0 ? mapScale(maps, threshold === undefined ? [] : [threshold]) : undefined;
  const cards = (shown: readonly RatedImage[]) =>
    html`<ol class="cases suspects" role="list">${shown.map((image) => card(where, image, ranks.get(image)!, { scale, threshold }))}</ol>`;
  const more = count - shown.suspects.length;
  return {
    verdict: html`<p class="headline">${verdict(images.length, count, scores)}</p>`,
    scores: html`<div class="figures summary">
<figure><figcaption>Scores of all training images</figcaption>${scoreHistogram(suspects)}
<p class="note">Bars count images; each mark below them is an image.</p></figure>
${factList(figures(images.length, count, { cutoff, rule }, scores))}
</div>`,
    download: html`<p class="downloads">All ${images.length} images with their scores: <a download="suspects.csv" href="${dataUrl('text/csv', suspectsCsv(suspects))}">suspects.csv</a></p>`,
    key: key(pictured, scale, threshold, options.controls),
    suspects:
      shown.suspects.length > 0
        ? html`<p>Worst first. ${more > 0 && html`These are the ${shown.suspects.length} with the highest scores; ${more} more are in suspects.csv.`}</p>
${cards(shown.suspects)}`
        : undefined,
    trusted:
      shown.trusted.length > 0
        ? html`<p>The trusted images that score highest. If they look defective${count > 0 && ', too'}, the cut-off is too high${count > 0 && '; if the last suspects look sound, it is too low'}.</p>
${cards(shown.trusted)}`
        : undefined,
  };
}

function verdict(images: number, suspects: number, scores: SuspectScores | undefined): Markup {
  const found =
    suspects === 0
      ? html`<b>None of ${images} training images looks defective</b>: all were trusted.`
      : html`<b>${suspects} of ${images} training images ${suspects === 1 ? 'looks' : 'look'} defective.</b>`;
  return html`${found} ${scores && truth(scores)}`;
}

/** How the suspects meet the truth, in words. */
function truth({ suspects, contaminated, found, precision, recall }: SuspectScores): string {
  if (contaminated === 0) {
    return suspects === 0 ? 'Rightly so: none is contaminated.' : 'In truth none is contaminated: each of them is a false alarm.';
  }
  if (suspects === 0) return contaminated === 1 ? 'The contaminated one was missed.' : `All ${contaminated} contaminated ones were missed.`;
  return `${found} of ${contaminated} contaminated images ${found === 1 ? 'is' : 'are'} among them: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}.`;
}

function figures(
  images: number,
  suspects: number,
  { cutoff, rule }: Pick<Suspects, 'cutoff' | 'rule'>,
  scores: SuspectScores | undefined,
): (readonly [string, string | Markup])[] {
  const figure = (term: string, value: number, meaning: string) =>
    Number.isFinite(value) ? [[term, html`${value.toFixed(3)} <span class="quiet">${meaning}</span>`] as const] : [];
  return [
    ['training images', String(images)],
    ['suspects', `${suspects} (${((100 * suspects) / images).toFixed(1)} %)`],
    ['cut-off', html`${cutoff === null ? 'none' : threeDigits(cutoff)} <span class="quiet">${rule}</span>`],
    ...(scores
      ? [
          ['contaminated', String(scores.contaminated)] as const,
          ...figure('precision', scores.precision, 'share of the suspects that are contaminated'),
          ...figure('recall', scores.recall, 'share of the contaminated that are suspects'),
          ...figure('AUC', scores.auc, 'chance that a contaminated image scores above a normal one'),
          ...figure(
            'precision at the true count',
            scores.precisionAtCount,
            `share of the ${scores.contaminated} worst that are contaminated`,
          ),
        ]
      : []),
  ];
}

function key(
  pictured: readonly RatedImage[],
  scale: ColorScale | undefined,
  threshold: number | undefined,
  controls: boolean,
): Markup | undefined {
  const has = (picture: 'image' | 'reconstruction' | 'map') => pictured.some((image) => image[picture]);
  const kinds = [
    has('image') && (pictured.some(({ place }) => place) ? 'the image, with a ring where it is worst' : 'the image'),
    has('reconstruction') && 'its reconstruction by the method',
    has('map') && 'its anomaly map',
  ].filter((kind) => kind !== false);
  if (kinds.length === 0) return undefined;
  const marks = threshold === undefined ? [] : [{ threshold, label: html`a pixel counts as defective from` }];
  return html`<p class="lead">Each card shows, from left to right: ${kinds.join(', ')}.${scale && ' All maps share one colour scale, so a dark map is a calm one.'}</p>
${controls && tileOptions({ truth: false, found: scale !== undefined && threshold !== undefined })}
${scale && scaleLegend(scale, 'Anomaly map, the same scale for all images', marks)}`;
}

function card(
  where: string,
  { name, score, kept, contaminated, place, image, reconstruction, map }: RatedImage,
  rank: number,
  { scale, threshold }: { scale: ColorScale | undefined; threshold: number | undefined },
): Markup {
  const what = (kind: string) => `${where}: ${kind} of '${name}'`;
  const tiles = [
    image && pictureTile(what('image'), image, `${name}: image`, place && ring(image, place)),
    reconstruction && pictureTile(what('reconstruction'), reconstruction, `${name}: reconstruction`),
    map && scale && mapTile(what('map'), map, `${name}: anomaly map`, { scale, threshold }),
  ].filter((tile) => tile !== undefined);
  const shape = image ?? reconstruction ?? map;
  return html`<li class="case"><p class="case-name"><span class="quiet">${rank}.</span> ${name}</p>
<p class="case-facts">score ${threeDigits(score)} ${contaminated !== undefined && truthBadge(kept, contaminated)}</p>
${tiles.length > 0 && html`<div class="tiles"${shape && widened(shape)}>${tiles}</div>`}</li>`;
}

function truthBadge(kept: boolean, contaminated: boolean): Markup {
  if (contaminated) return html`<span class="badge seen">${kept ? 'contaminated: missed' : 'contaminated'}</span>`;
  return html`<span class="badge">${kept ? 'normal' : 'normal: false alarm'}</span>`;
}
