import type { ColorScale } from './color-scale.ts';
import { html, type Markup } from './markup.ts';
import { outlinePath } from './outline.ts';
import { mapUrl, pictureUrl, type Raster } from './raster.ts';

/** A picture at its own size, enlarged by the browser; `over` lies on top of it. `where` is for errors. */
export function pictureTile(where: string, picture: Raster, alt: string, over?: Markup): Markup {
  return html`<div class="tile"><img src="${pictureUrl(where, picture)}" alt="${alt}" loading="lazy">${over}</div>`;
}

/** A style for what holds tiles of this picture's shape: a wide picture gets a wider tile, a high one a narrower, of about the same area. */
export function widened({ width, height }: Raster): Markup | false {
  const factor = Math.min(3, Math.max(0.7, Math.sqrt(width / height)));
  return factor !== 1 && html` style="--wide: ${factor.toFixed(3)}"`;
}

/** An anomaly map in the colours of its scale, with what is at or above the threshold outlined on it. */
export function mapTile(
  where: string,
  map: Raster,
  alt: string,
  drawing: { scale: ColorScale; threshold?: number | undefined; over?: Markup | undefined },
): Markup {
  const { scale, threshold, over } = drawing;
  const found = threshold !== undefined && outline('found', map, (value) => value >= threshold);
  return html`<div class="tile map"><img src="${mapUrl(where, map, scale.rgb)}" alt="${alt}" loading="lazy">${over}${found}</div>`;
}

/** The border of a region, to lie over a tile; nothing where no pixel is inside. */
export function outline(kind: 'truth' | 'found', raster: Raster, inside: (value: number) => boolean): Markup | undefined {
  const path = outlinePath(raster, inside);
  return path
    ? html`<svg class="outline ${kind}" viewBox="0 0 ${raster.width} ${raster.height}" preserveAspectRatio="none" aria-hidden="true"><path d="${path}"/></svg>`
    : undefined;
}

/** A ring around the middle of a pixel, to lie over a tile. */
export function ring({ width, height }: Raster, { x, y }: { readonly x: number; readonly y: number }): Markup {
  return html`<svg class="outline ring" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true"><circle cx="${x + 0.5}" cy="${y + 0.5}" r="${Math.sqrt(width * height) / 12}"/></svg>`;
}

/** How large tiles are and what is drawn on the maps: for the whole page, so once on it. */
export function tileOptions(outlines: { truth: boolean; found: boolean }): Markup {
  return html`<div class="options" role="group" aria-label="How pictures are drawn">
<fieldset><legend>Tiles</legend>
<label><input type="radio" name="tiles" id="tiles-small">small</label>
<label><input type="radio" name="tiles" id="tiles-medium" checked>medium</label>
<label><input type="radio" name="tiles" id="tiles-large">large</label>
</fieldset>
${
  (outlines.truth || outlines.found) &&
  html`<fieldset><legend>On the maps</legend>
${outlines.truth && html`<label><input type="checkbox" id="outline-truth" checked><span class="key truth"></span>true defect</label>`}
${outlines.found && html`<label><input type="checkbox" id="outline-found" checked><span class="key found"></span>above the threshold</label>`}
</fieldset>`
}
</div>`;
}
