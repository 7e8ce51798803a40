import { averagePrecision, poolMap } from '@rddpm/metrics';
import type { ComponentChildren } from 'preact';
import type { MethodResult } from '../results.ts';
import { type ColorScale, infernoScale } from './color-scale.ts';
import { mapScale } from './map-scale.ts';
import { MethodName } from './method-name.tsx';
import type { MethodStyles } from './method-style.ts';
import { channelsOf, type Raster } from './raster.ts';
import type { Gallery, GallerySample } from './report-input.ts';
import { ScaleLegend } from './scale-legend.tsx';
import { type Case, selectCases } from './select-cases.ts';
import { threeDigits } from './three-digits.ts';
import { MapTile, outline, PictureTile, TileOptions, widened } from './tiles.tsx';

type ScoredSample = Case & {
  sample: GallerySample;
  /** The methods, in the order of the page; averagePrecision is null without a defective pixel. */
  columns: { method: string; score: number; averagePrecision: number | null }[];
};

type Props = { readonly gallery: Gallery; readonly methods: readonly MethodResult[]; readonly styles: MethodStyles };

/** Selected test images with their maps, and above them the colour scale of these. */
export function GalleryCases({ gallery, methods, styles }: Props) {
  const { samples, thresholds = {}, cases: count = 4 } = gallery;
  const names = methods.map(({ name }) => name).filter((name) => samples.some((sample) => sample.methods[name]));
  for (const sample of samples) {
    for (const name of Object.keys(sample.methods)) styles.of(`gallery sample '${sample.name}'`, name);
  }
  const compared = methods.filter(({ role, name }) => role === 'method' && names.includes(name)).map(({ name }) => name);
  const ranking = compared.length > 0 ? compared : names;

  const scored = scoreSamples(samples, names, ranking);
  const groups = selectCases(scored, count);
  const scales = colorScales(gallery, names, ranking);
  const reconstructed = samples.some((sample) => names.some((name) => sample.methods[name]?.reconstruction));
  const drawing = { thresholds, scales, styles, reconstructed };
  const shown = [groups.best, groups.worst, groups.suspected, groups.typical].flat().length;
  const cases = (title: string, lead: string, entries: readonly ScoredSample[]) =>
    entries.length > 0 && (
      <>
        <h3>{title}</h3>
        <p>{lead}</p>
        <div class="cases">
          {entries.map((entry) => (
            <SampleCard {...entry} {...drawing} />
          ))}
        </div>
      </>
    );

  return (
    <>
      <p class="lead">
        {shown} of {samples.length} test images.{' '}
        {reconstructed
          ? 'Left column: the input, and below it the input with the true defect outlined. Then for each method its reconstruction and, below, its anomaly map.'
          : 'First the input, then the input with the true defect outlined, then the anomaly map of each method.'}{' '}
        {scales.shared
          ? 'Every map uses the same colour scale, so a dark map is a calm one.'
          : 'A dark map is a calm one. The methods score in units far apart, so each has a colour scale of its own, for all images alike: compare the maps of one method with each other.'}
      </p>
      <TileOptions truth found={names.some((name) => thresholds[name] !== undefined)} />
      <Legends names={names} {...drawing} />
      {cases(
        'Best found',
        ranking.length > 1
          ? 'Defective images with the highest pixel AP, mean of the methods.'
          : 'Defective images with the highest pixel AP.',
        groups.best,
      )}
      {cases('Worst found', 'Defective images with the lowest pixel AP, worst first.', groups.worst)}
      {cases(
        'Good, but suspected',
        'Good images with the highest scores. There is nothing to find here: what lights up is a false alarm.',
        groups.suspected,
      )}
      {cases('One of each type', 'Of each defect type, the image in the middle by pixel AP, among those not shown above.', groups.typical)}
    </>
  );
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

/** If the scale of one method's maps is more than this many times as high as another's, they don't share one: the lower maps would look black. */
const FAR_APART = 5;

/** One scale for the maps of all methods if each can be seen on it, else one for each method. */
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

type Drawing = {
  readonly thresholds: Readonly<Record<string, number>>;
  readonly scales: ColorScales;
  readonly styles: MethodStyles;
  /** Whether any method has reconstructions: then each has a place for them. */
  readonly reconstructed: boolean;
};

function Legends({ names, scales, thresholds, styles }: Drawing & { readonly names: readonly string[] }) {
  const label = (method: string) => <MethodName name={method} style={styles.of('gallery', method)} />;
  const marks = (methods: readonly string[]) =>
    methods.flatMap((method) => {
      const threshold = thresholds[method];
      return threshold === undefined ? [] : [{ threshold, label: label(method) }];
    });
  if (scales.shared) {
    return <ScaleLegend scale={scales.shared} title="Anomaly map, the same scale for all images and methods" marks={marks(names)} />;
  }
  return names.map((name) => <ScaleLegend scale={scales.of(name)} title={<>Anomaly map by {label(name)}</>} marks={marks([name])} />);
}

function SampleCard({ sample, columns, thresholds, scales, styles, reconstructed }: ScoredSample & Drawing) {
  const { name, defect, image, mask } = sample;
  const truth = mask && outline('truth', mask, (value) => value > 0);
  const nothing = isNormal(sample) ? 'no defect' : 'no mask';
  const input = (what: string, over?: ComponentChildren) => (
    <PictureTile picture={image} where={`htmlReport: gallery image '${name}'`} alt={`${name}: ${what}`}>
      {over}
    </PictureTile>
  );
  const plain = input('input');
  const outlined = input(truth ? 'input with the true defect outlined' : `input, ${nothing}`, truth);

  return (
    <article class="case" aria-label={name}>
      <h4>
        {name}
        {!name.startsWith(`${defect}/`) && (
          <>
            {' '}
            <span class="badge">{defect}</span>
          </>
        )}
      </h4>
      <section class="columns" aria-label={`Tiles of ${name}`} tabindex={0} style={widened(image)}>
        {reconstructed ? (
          <Column heading="input" below={[truth ? 'and true defect' : nothing]}>
            {plain}
            {outlined}
          </Column>
        ) : (
          <>
            <Column heading="input" below={[truth ? '' : nothing]}>
              {plain}
            </Column>
            {truth && (
              <Column heading="true defect" below={['']}>
                {outlined}
              </Column>
            )}
          </>
        )}
        {columns.map(({ method, score, averagePrecision }) => {
          const { map, reconstruction } = sample.methods[method]!;
          const by = (what: string) => ({
            where: `htmlReport: gallery ${what} of '${name}' by ${method}`,
            alt: `${name}: ${what} by ${method}`,
          });
          return (
            <Column
              heading={<MethodName name={method} style={styles.of('gallery', method)} />}
              below={[`score ${threeDigits(score)}`, averagePrecision === null ? '' : `AP ${averagePrecision.toFixed(2)}`]}
            >
              {reconstruction && <PictureTile picture={reconstruction} {...by('reconstruction')} />}
              {!reconstruction && reconstructed && (
                <div class="tile none" style={{ aspectRatio: `${map.width} / ${map.height}` }}>
                  no reconstruction
                </div>
              )}
              <MapTile map={map} scale={scales.of(method)} threshold={thresholds[method]} {...by('anomaly map')}>
                {truth}
              </MapTile>
            </Column>
          );
        })}
      </section>
    </article>
  );
}

type ColumnProps = { readonly heading: ComponentChildren; readonly below: readonly string[]; readonly children: ComponentChildren };

function Column({ heading, below, children }: ColumnProps) {
  return (
    <div class="column">
      <div class="column-head">
        <span class="column-name">{heading}</span>
        {below.map((line) => (
          <span class="quiet">{line}</span>
        ))}
      </div>
      {children}
    </div>
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
