import { outlinePath } from '@rddpm/report/pictures';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { paintHeat, paintPicture } from '../pictures/paint.ts';

type Common = { readonly size: number; readonly label: string; readonly children?: ComponentChildren };

/** A picture [size, size, channels] in bytes, enlarged pixel by pixel. */
export function Picture({ pixels, channels, ...rest }: Common & { readonly pixels: Uint8Array; readonly channels: 1 | 3 }) {
  const { size } = rest;
  return <Tile {...rest} paint={(canvas) => paintPicture(canvas, pixels, size, channels)} on={[pixels, size, channels]} />;
}

export function HeatMap({ map, to, ...rest }: Common & { readonly map: Float32Array; readonly to: number }) {
  const { size } = rest;
  return <Tile {...rest} paint={(canvas) => paintHeat(canvas, map, size, to)} on={[map, size, to]} />;
}

function Tile({ label, paint, on, children }: Common & { paint: (canvas: HTMLCanvasElement) => void; on: readonly unknown[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => paint(canvas.current!), [...on]);
  return (
    <div class="tile">
      <canvas ref={canvas} role="img" aria-label={label} />
      {children}
    </div>
  );
}

/** The border of a region over a tile: of the true mask, or of what was found. */
export function Outline({
  mask,
  size,
  kind,
}: {
  readonly mask: ArrayLike<number>;
  readonly size: number;
  readonly kind: 'truth' | 'found';
}) {
  const path = useMemo(() => outlinePath({ width: size, height: size, data: mask }, (value) => value > 0), [mask, size]);
  return (
    <svg class={`outline ${kind}`} viewBox={`0 0 ${size} ${size}`} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
