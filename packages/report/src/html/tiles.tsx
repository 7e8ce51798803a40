import type { ComponentChildren, VNode } from 'preact';
import type { ColorScale } from './color-scale.ts';
import { outlinePath } from './outline.ts';
import { mapUrl, pictureUrl, type Raster } from './raster.ts';

type TileProps = {
  readonly alt: string;
  /** What the picture is, for errors: `htmlReport: gallery image 'good/003'`. */
  readonly where: string;
  /** What lies on top of the picture. */
  readonly children?: ComponentChildren;
};

/** A picture at its own size, enlarged by the browser. */
export function PictureTile({ picture, where, alt, children }: TileProps & { readonly picture: Raster }) {
  return (
    <div class="tile">
      <img src={pictureUrl(where, picture)} alt={alt} loading="lazy" />
      {children}
    </div>
  );
}

type MapTileProps = TileProps & { readonly map: Raster; readonly scale: ColorScale; readonly threshold: number | undefined };

/** An anomaly map in the colours of its scale, with what is at or above the threshold outlined on it. */
export function MapTile({ map, scale, threshold, where, alt, children }: MapTileProps) {
  return (
    <div class="tile map">
      <img src={mapUrl(where, map, scale.rgb)} alt={alt} loading="lazy" />
      {children}
      {threshold !== undefined && outline('found', map, (value) => value >= threshold)}
    </div>
  );
}

/** A style for what holds tiles of this picture's shape: a wide picture gets a wider tile, a high one a narrower, of about the same area. */
export function widened({ width, height }: Raster): { '--wide': string } | undefined {
  const factor = Math.min(3, Math.max(0.7, Math.sqrt(width / height)));
  return factor === 1 ? undefined : { '--wide': factor.toFixed(3) };
}

/** The border of a region, to lie over a tile; undefined where no pixel is inside. */
export function outline(kind: 'truth' | 'found', raster: Raster, inside: (value: number) => boolean): VNode | undefined {
  const path = outlinePath(raster, inside);
  return path ? (
    <Overlay kind={kind} size={raster}>
      <path d={path} />
    </Overlay>
  ) : undefined;
}

/** A ring around the middle of a pixel, to lie over a tile. */
export function Ring({ size, place }: { readonly size: Raster; readonly place: { readonly x: number; readonly y: number } }) {
  return (
    <Overlay kind="ring" size={size}>
      <circle cx={place.x + 0.5} cy={place.y + 0.5} r={Math.sqrt(size.width * size.height) / 12} />
    </Overlay>
  );
}

function Overlay({ kind, size, children }: { readonly kind: string; readonly size: Raster; readonly children: ComponentChildren }) {
  return (
    <svg class={`outline ${kind}`} viewBox={`0 0 ${size.width} ${size.height}`} preserveAspectRatio="none" aria-hidden="true">
      {children}
    </svg>
  );
}

/** How large tiles are, and what is drawn on the maps: for the whole page, so once on it. */
export function TileOptions({ truth, found }: { readonly truth: boolean; readonly found: boolean }) {
  return (
    <fieldset class="options" aria-label="How pictures are drawn">
      <fieldset>
        <legend>Tiles</legend>
        {['small', 'medium', 'large'].map((size) => (
          <label>
            <input type="radio" name="tiles" id={`tiles-${size}`} checked={size === 'medium'} />
            {size}
          </label>
        ))}
      </fieldset>
      {(truth || found) && (
        <fieldset>
          <legend>On the maps</legend>
          {truth && <OutlineSwitch kind="truth" label="true defect" />}
          {found && <OutlineSwitch kind="found" label="above the threshold" />}
        </fieldset>
      )}
    </fieldset>
  );
}

function OutlineSwitch({ kind, label }: { readonly kind: 'truth' | 'found'; readonly label: string }) {
  return (
    <label>
      <input type="checkbox" id={`outline-${kind}`} checked />
      <span class={`key ${kind}`} />
      {label}
    </label>
  );
}
