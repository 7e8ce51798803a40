import { useMemo, useState } from 'preact/hooks';
import type { Prepared } from '../messages.ts';
import * as state from '../state.ts';
import { HeatMap, Outline, Picture } from './canvas.tsx';

const PAGE = 12;

type Props = { readonly data: Prepared; readonly result: state.Result; readonly threshold: number; readonly method: string };

/** Image, rebuilt image and heat map of each test image. */
export function Gallery({ data, result, threshold, method }: Props) {
  const [shown, setShown] = useState(PAGE);
  const order = useMemo(() => mixed(data), [data]);
  const ready = order.filter((row) => row < result.images);
  return (
    <>
      <div class="gallery">
        {ready.slice(0, shown).map((row) => (
          <Case key={`${method} ${row}`} {...{ data, result, threshold, row }} />
        ))}
      </div>
      {ready.length > shown && (
        <p class="buttons">
          <button type="button" onClick={() => setShown(shown + 2 * PAGE)}>
            Show more of {ready.length} images
          </button>
        </p>
      )}
    </>
  );
}

function Case({ data, result, threshold, row }: Omit<Props, 'method'> & { readonly row: number }) {
  const { size, channels, test, masks, testInfo } = data;
  const pixels = size * size;
  const slice = <A extends Uint8Array | Float32Array>(values: A, length: number) => values.subarray(row * length, (row + 1) * length) as A;
  const { path, defect } = testInfo[row]!;
  const map = useMemo(() => slice(result.maps, pixels), [result.maps, row]);
  const mask = useMemo(() => slice(masks, pixels), [masks, row]);
  const found = useMemo(() => Uint8Array.from(map, (value) => (value >= threshold ? 1 : 0)), [map, threshold]);
  const title = data.labelled ? defect.replaceAll('_', ' ') : path.split('/').at(-1)!;
  const score = result.scores[row]!;
  return (
    <figure class="case" data-path={path} data-score={score}>
      <figcaption>
        {title} <span class="quiet">{score >= threshold ? 'marked' : 'nothing marked'}</span>
      </figcaption>
      <div class="row">
        <Picture pixels={slice(test, pixels * channels)} {...{ size, channels }} label={`Image ${path}`}>
          <Outline mask={mask} size={size} kind="truth" />
        </Picture>
        <Picture pixels={slice(result.rebuilt, pixels * channels)} {...{ size, channels }} label={`Rebuilt ${path}`} />
        <HeatMap map={map} size={size} to={state.heatTo.value} label={`Heat map of ${path}, highest ${score.toPrecision(3)}`}>
          <Outline mask={mask} size={size} kind="truth" />
          <Outline mask={found} size={size} kind="found" />
        </HeatMap>
      </div>
    </figure>
  );
}

/** Kinds of defects in turn, so that the first page shows all of them. */
function mixed({ testInfo }: Prepared): number[] {
  const byDefect = new Map<string, number[]>();
  for (const [row, { defect }] of testInfo.entries()) byDefect.set(defect, [...(byDefect.get(defect) ?? []), row]);
  const kinds = [...byDefect.values()];
  const longest = Math.max(0, ...kinds.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => kinds.flatMap((rows) => rows[i] ?? [])).flat();
}
