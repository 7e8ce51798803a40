import type { VNode } from 'preact';
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
import { Download } from './download.tsx';
import { type Fact, FactList } from './fact-list.tsx';
import { mapScale } from './map-scale.ts';
import { ScaleLegend } from './scale-legend.tsx';
import { scoreHistogram } from './score-histogram.ts';
import { threeDigits } from './three-digits.ts';
import { MapTile, PictureTile, Ring, TileOptions, widened } from './tiles.tsx';

/** What both the page of suspects and the report's section are made of, without headings. */
export type SuspectParts = {
  /** What was found, in a sentence or two. */
  verdict: VNode;
  /** The histogram, with figures beside it. */
  scores: VNode;
  /** All images as a file. */
  download: VNode;
  /** What cards show, and the colour scale of the maps; undefined without pictures. */
  key: VNode | undefined;
  /** Worst first; undefined if nothing is suspected. */
  suspects: VNode | undefined;
  /** Those that score highest; undefined if nothing is trusted. */
  trusted: VNode | undefined;
};

/**
 * @param where What was called, for errors: `suspectsPage`.
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
  const cards = (shown: readonly RatedImage[]) => (
    // biome-ignore lint/a11y/noRedundantRoles: to Safari, a list without numbers or bullets is none otherwise
    <ol class="cases suspects" role="list">
      {shown.map((image) => (
        <Card where={where} rank={ranks.get(image)!} scale={scale} threshold={threshold} {...image} />
      ))}
    </ol>
  );
  const more = count - shown.suspects.length;
  return {
    verdict: <Verdict images={images.length} suspects={count} scores={scores} />,
    scores: (
      <div class="figures summary">
        <figure>
          <figcaption>Scores of all training images</figcaption>
          {scoreHistogram(suspects)}
          <p class="note">Bars count images; each mark below them is an image.</p>
        </figure>
        <FactList facts={figures(images.length, count, { cutoff, rule }, scores)} />
      </div>
    ),
    download: (
      <p class="downloads">
        All {images.length} images with their scores: <Download name="suspects.csv" type="text/csv" text={suspectsCsv(suspects)} />
      </p>
    ),
    key: key(pictured, scale, threshold, options.controls),
    suspects:
      shown.suspects.length > 0 ? (
        <>
          <p>
            Worst first.
            {more > 0 && ` These are the ${shown.suspects.length} with the highest scores; ${more} more are in suspects.csv.`}
          </p>
          {cards(shown.suspects)}
        </>
      ) : undefined,
    trusted:
      shown.trusted.length > 0 ? (
        <>
          <p>
            The trusted images that score highest.{' '}
            {count > 0
              ? 'If they look defective, too, the cut-off is too high; if the last suspects look sound, it is too low.'
              : 'If they look defective, the cut-off is too high.'}
          </p>
          {cards(shown.trusted)}
        </>
      ) : undefined,
  };
}

type VerdictProps = { readonly images: number; readonly suspects: number; readonly scores: SuspectScores | undefined };

function Verdict({ images, suspects, scores }: VerdictProps) {
  return (
    <p class="headline">
      {suspects === 0 ? (
        <>
          <b>None of {images} training images looks defective</b>: all were trusted.
        </>
      ) : (
        <b>
          {suspects} of {images} training images {suspects === 1 ? 'looks' : 'look'} defective.
        </b>
      )}{' '}
      {scores && truth(scores)}
    </p>
  );
}

/** How well the suspects match the truth, in words. */
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
): Fact[] {
  const figure = (term: string, value: number, meaning: string): Fact[] =>
    Number.isFinite(value) ? [[term, value.toFixed(3), meaning]] : [];
  return [
    ['training images', String(images)],
    ['suspects', `${suspects} (${((100 * suspects) / images).toFixed(1)} %)`],
    ['cut-off', cutoff === null ? 'none' : threeDigits(cutoff), rule],
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
): VNode | undefined {
  const has = (picture: 'image' | 'reconstruction' | 'map') => pictured.some((image) => image[picture]);
  const kinds = [
    has('image') && (pictured.some(({ place }) => place) ? 'the image, with a ring where it is worst' : 'the image'),
    has('reconstruction') && 'its reconstruction by the method',
    has('map') && 'its anomaly map',
  ].filter((kind) => kind !== false);
  if (kinds.length === 0) return undefined;
  const marks = threshold === undefined ? [] : [{ threshold, label: 'a pixel counts as defective from' }];
  return (
    <>
      <p class="lead">
        Each card shows, from left to right: {kinds.join(', ')}.{scale && ' All maps share one colour scale, so a dark map is a calm one.'}
      </p>
      {controls && <TileOptions truth={false} found={scale !== undefined && threshold !== undefined} />}
      {scale && <ScaleLegend scale={scale} title="Anomaly map, the same scale for all images" marks={marks} />}
    </>
  );
}

type CardProps = RatedImage & {
  readonly where: string;
  readonly rank: number;
  readonly scale: ColorScale | undefined;
  readonly threshold: number | undefined;
};

function Card({ where, rank, scale, threshold, ...rated }: CardProps) {
  const { name, score, kept, contaminated, place, image, reconstruction, map } = rated;
  const labels = (kind: string) => ({ where: `${where}: ${kind} of '${name}'`, alt: `${name}: ${kind}` });
  const shape = image ?? reconstruction ?? map;
  return (
    <li class="case">
      <p class="case-name">
        <span class="quiet">{rank}.</span> {name}
      </p>
      <p class="case-facts">
        score {threeDigits(score)} {contaminated !== undefined && <TruthBadge kept={kept} contaminated={contaminated} />}
      </p>
      {shape && (
        <div class="tiles" style={widened(shape)}>
          {image && (
            <PictureTile picture={image} {...labels('image')}>
              {place && <Ring size={image} place={place} />}
            </PictureTile>
          )}
          {reconstruction && <PictureTile picture={reconstruction} {...labels('reconstruction')} />}
          {map && scale && <MapTile map={map} scale={scale} threshold={threshold} {...labels('anomaly map')} />}
        </div>
      )}
    </li>
  );
}

function TruthBadge({ kept, contaminated }: { readonly kept: boolean; readonly contaminated: boolean }) {
  if (contaminated) return <span class="badge seen">{kept ? 'contaminated: missed' : 'contaminated'}</span>;
  return <span class="badge">{kept ? 'normal' : 'normal: false alarm'}</span>;
}
